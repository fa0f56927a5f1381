import type { ComponentProps } from 'react'
import { cn } from '@/lib/class-names'
import { controlLook, Field, type FieldText } from './field'

/**
 * A six-digit code from an email or an authenticator app. One input, so that pasting and autofill
 * work.
 */
export function CodeField({ label, hint, error, ...input }: FieldText & ComponentProps<'input'>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => (
        <input
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={6}
          spellCheck={false}
          {...input}
          {...ids}
          className={cn(controlLook, 'h-12 text-center font-mono text-xl tracking-[0.5em] sm:text-xl')}
        />
      )}
    </Field>
  )
}
