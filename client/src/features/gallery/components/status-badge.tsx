import { useTranslation } from 'react-i18next'
import { Badge, type BadgeTone } from '@/components/badge'
import type { VideoStatus } from '@/lib/api/models'

const TONES: Record<VideoStatus, BadgeTone> = { uploaded: 'plain', processing: 'ember', ready: 'good', failed: 'bad' }

export function StatusBadge({ status }: { status: VideoStatus }) {
  const { t } = useTranslation()
  return <Badge tone={TONES[status]}>{t(`video_status.${status}`)}</Badge>
}
