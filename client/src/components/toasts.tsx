import { Toast } from '@base-ui/react/toast'
import { CircleAlert, CircleCheck, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { toastManager } from '@/lib/toast'
import { Button } from './button'

/** Short messages in the corner; those with an action stay longer. */
export function Toasts({ children }: { children: ReactNode }) {
  return (
    <Toast.Provider toastManager={toastManager} timeout={6000} limit={4}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className="fixed inset-x-3 bottom-20 z-60 mx-auto flex w-auto max-w-sm flex-col gap-2 sm:end-6 sm:bottom-6 sm:start-auto sm:mx-0 sm:w-96">
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  )
}

function ToastList() {
  const { t } = useTranslation()
  const { toasts } = Toast.useToastManager()
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      className="flex animate-rise items-center gap-3 rounded-xl border border-line bg-raised p-3 ps-4 text-sm shadow-card data-limited:hidden"
    >
      {toast.type === 'error' ? (
        <CircleAlert aria-hidden className="size-5 shrink-0 text-bad" />
      ) : (
        <CircleCheck aria-hidden className="size-5 shrink-0 text-good" />
      )}
      <div className="min-w-0 grow">
        <Toast.Title className="font-medium" />
        <Toast.Description className="text-ink-soft" />
      </div>
      {toast.actionProps && <Toast.Action className="shrink-0 rounded-md px-2 py-1 font-medium text-ember hover:bg-ember-soft" />}
      <Toast.Close render={<Button look="ghost" size="icon-small" aria-label={t('close')} />}>
        <X aria-hidden />
      </Toast.Close>
    </Toast.Root>
  ))
}
