import { Globe, Link2, Lock } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { Visibility } from '@/lib/api/models'

const ICONS = { public: Globe, unlisted: Link2, private: Lock } as const

export function VisibilityMark({ visibility }: { visibility: Visibility }) {
  const { t } = useTranslation()
  const Icon = ICONS[visibility]
  return (
    <span className="inline-flex items-center gap-1">
      <Icon aria-hidden className="size-3.5" />
      {t(`visibility.${visibility}`)}
    </span>
  )
}
