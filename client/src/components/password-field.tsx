import { Eye, EyeOff } from 'lucide-react'
import { useState, type ComponentProps } from 'react'
import { useTranslation } from 'react-i18next'
import { cn } from '@/lib/class-names'
import { controlLook, Field, type FieldText } from './field'

/** A password input whose text can be revealed. */
export function PasswordField({ label, hint, error, className, ...input }: FieldText & ComponentProps<'input'>) {
  const { t } = useTranslation()
  const [isShown, setShown] = useState(false)
  return (
    <Field label={label} hint={hint} error={error} className={className}>
      {(ids) => (
        <div className="relative">
          <input {...input} {...ids} type={isShown ? 'text' : 'password'} className={cn(controlLook, 'h-11 pe-11 sm:h-10')} />
          <button
            type="button"
            aria-pressed={isShown}
            aria-label={t('show_password')}
            onClick={() => setShown(!isShown)}
            className="absolute inset-y-0 end-0 grid w-11 place-items-center text-ink-faint hover:text-ink"
          >
            {isShown ? <EyeOff aria-hidden className="size-4" /> : <Eye aria-hidden className="size-4" />}
          </button>
        </div>
      )}
    </Field>
  )
}
