import { useId, type ReactNode } from 'react'
import { cn } from '@/lib/class-names'

export const controlLook =
  'w-full rounded-lg border border-line-strong/60 bg-surface px-3 text-base text-ink sm:text-sm placeholder:text-ink-faint ' +
  'hover:border-line-strong aria-invalid:border-bad disabled:opacity-60 dark:bg-sunken'

export interface FieldText {
  label: ReactNode
  hint?: ReactNode
  error?: string | undefined
}

/** Label, hint and error of one control, associated for screen readers. */
export function Field({
  label,
  hint,
  error,
  children,
  className,
}: FieldText & { className?: string; children: (ids: { id: string; 'aria-invalid': boolean; 'aria-describedby': string | undefined }) => ReactNode }) {
  const id = useId()
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ')
  return (
    <div className={cn('flex flex-col gap-1.5', className)}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children({ id, 'aria-invalid': Boolean(error), 'aria-describedby': described || undefined })}
      {hint && (
        <p id={`${id}-hint`} className="text-sm text-ink-faint">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} role="alert" className="text-sm text-bad">
          {error}
        </p>
      )}
    </div>
  )
}
