import { Dialog as BaseDialog } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { cn } from '@/lib/class-names'
import { Button } from './button'

interface DialogProps {
  isOpen: boolean
  onClose: () => void
  title: ReactNode
  description?: ReactNode
  children?: ReactNode
  isWide?: boolean
}

export function Dialog({ isOpen, onClose, title, description, children, isWide = false }: DialogProps) {
  const { t } = useTranslation()
  return (
    <BaseDialog.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className="fixed inset-0 z-40 bg-black/50 transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <BaseDialog.Popup
          className={cn(
            'fixed inset-x-3 bottom-3 z-50 mx-auto flex h-fit max-h-[calc(100dvh-1.5rem)] flex-col rounded-2xl border border-line bg-surface shadow-card outline-none sm:inset-y-3 sm:my-auto',
            'transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0',
            isWide ? 'max-w-2xl' : 'max-w-md',
          )}
        >
          {/* An inner element scrolls and nothing is transformed, so that a list opened in the dialog is not clipped. */}
          <div className="overflow-y-auto p-5 sm:p-6">
            <div className="mb-4 flex items-start justify-between gap-4">
              <div>
                <BaseDialog.Title className="text-lg font-semibold">{title}</BaseDialog.Title>
                {description && <BaseDialog.Description className="mt-1 text-sm text-ink-soft">{description}</BaseDialog.Description>}
              </div>
              <BaseDialog.Close render={<Button look="ghost" size="icon-small" aria-label={t('close')} className="-me-1 -mt-1" />}>
                <X aria-hidden />
              </BaseDialog.Close>
            </div>
            {children}
          </div>
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  )
}
