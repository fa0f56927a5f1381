import type { TFunction } from 'i18next'
import { z } from 'zod'
import { isStrong } from './password-rules'

type T = TFunction<'auth'>

export const emailRule = (t: T) => z.string().trim().regex(/^[^@\s]+@[^@\s]+$/, t('email_invalid'))
export const codeRule = (t: T) => z.string().trim().regex(/^\d{6}$/, t('code_invalid'))
/** The app's six digits, or a recovery code in any grouping. */
export const anyCodeRule = (t: T) => z.string().trim().regex(/^(\d{6}|[0-9A-Za-z](?:[ -]*[0-9A-Za-z]){11})$/, t('code_any_invalid'))
export const recoveryCodeRule = (t: T) => z.string().trim().regex(/^[0-9A-Za-z](?:[ -]*[0-9A-Za-z]){11}$/, t('code_any_invalid'))
export const newPasswordRule = (t: T) => z.string().refine(isStrong, t('rules.weak'))
export const oldPasswordRule = (t: T) => z.string().min(1, t('password_missing'))
