import { useTranslation } from 'react-i18next'
import { isProblem, toProblem } from './api/problem'
import { roughTime } from './format'

export interface CodeText {
  title: string
  hint: string | null
}

export interface ProblemText extends CodeText {
  requestId: string | null
}

/**
 * The text for an error code, of a response or of a failed job: the client's own where it has one,
 * else the API's sentences.
 */
export function useCodeText(): (given: { code: string; message: string; hint?: string | null }) => CodeText {
  const { t, i18n } = useTranslation('problems')
  return ({ code, message, hint = null }) => {
    const isKnown = i18n.exists(`problems:${code}.title`)
    const find = t as unknown as (key: string) => string
    return isKnown ? { title: find(`problems:${code}.title`), hint: find(`problems:${code}.hint`) } : { title: message, hint }
  }
}

/** The text for any error. Where the API says when to retry, that is the hint. */
export function useProblemText(): (error: unknown) => ProblemText {
  const { t } = useTranslation('problems')
  const codeText = useCodeText()
  return (error) => {
    const { code, detail, hint, request_id } = toProblem(error)
    const known = codeText({ code, message: detail, hint: hint ?? null })
    const find = t as unknown as (key: string, values: object) => string
    const wait = isProblem(error) && error.status === 429 && error.retryAfterSeconds !== null ? roughTime(error.retryAfterSeconds) : null
    return { ...known, ...(wait ? { hint: find(`problems:retry_in.${wait.unit}`, { count: wait.count }) } : {}), requestId: request_id || null }
  }
}
