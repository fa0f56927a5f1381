import { Toast } from '@base-ui/react/toast'

export const toastManager = Toast.createToastManager()

interface ToastText {
  title: string
  description?: string | undefined
  /** An action such as undo. */
  action?: { label: string; onClick: () => void }
}

function show(type: 'done' | 'error', { title, description, action }: ToastText): void {
  const id = toastManager.add({
    type,
    title,
    description,
    ...(action
      ? {
          timeout: 10_000,
          actionProps: {
            children: action.label,
            onClick: () => {
              toastManager.close(id)
              action.onClick()
            },
          },
        }
      : {}),
  })
}

export const toast = {
  done: (text: ToastText) => show('done', text),
  error: (text: ToastText) => show('error', text),
}
