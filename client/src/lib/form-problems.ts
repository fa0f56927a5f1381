import type { FieldValues, Path, UseFormReturn } from 'react-hook-form'
import { isProblem } from './api/problem'

/**
 * Sets the API's messages on the fields they belong to. Returns false when there were none, so that
 * the error is shown elsewhere.
 */
export function putOnFields<T extends FieldValues>(form: UseFormReturn<T>, error: unknown): boolean {
  if (!isProblem(error) || !error.problem.errors?.length) return false
  const fields = new Set(Object.keys(form.getValues()))
  const ours = error.problem.errors.filter(({ field }) => fields.has(field))
  ours.forEach(({ field, message }) => form.setError(field as Path<T>, { message }))
  return ours.length > 0
}
