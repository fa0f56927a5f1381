import type { ComponentProps } from 'react'
import { cn } from '@/lib/class-names'
import { controlLook, Field, type FieldText } from './field'

export function TextField({ label, hint, error, className, ...input }: FieldText & ComponentProps<'input'>) {
  return (
    <Field label={label} hint={hint} error={error} className={className}>
      {(ids) => <input {...input} {...ids} className={cn(controlLook, 'h-11 sm:h-10')} />}
    </Field>
  )
}

export function TextAreaField({ label, hint, error, className, textClassName, ...area }: FieldText & ComponentProps<'textarea'> & { textClassName?: string }) {
  return (
    <Field label={label} hint={hint} error={error} className={className}>
      {(ids) => <textarea rows={3} {...area} {...ids} className={cn(controlLook, 'min-h-20 resize-y py-2', textClassName)} />}
    </Field>
  )
}
