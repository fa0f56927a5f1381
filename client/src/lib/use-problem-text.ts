import { useTranslation } from 'react-i18next'
import { isProblem, toProblem } from './api/problem'
import { roughTime } from './format'

export interface ProblemText {
  title: string
  hint: string | null
  requestId: string | null
}

/** Words for any error: ours where the code is known, else the API's own sentence. */
export function useProblemText(): (error: unknown) => ProblemText {
  const { t, i18n } = useTranslation('problems')
  return (error) => {
    const problem = toProblem(error)
    const isKnown = i18n.exists(`problems:${problem.code}.title`)
    const hintKey = `problems:${problem.code}.hint`
    const find = t as unknown as (key: string, values?: object) => string
    const wait = isProblem(error) && error.status === 429 && error.retryAfterSeconds !== null ? roughTime(error.retryAfterSeconds) : null
    return {
      title: isKnown ? find(`problems:${problem.code}.title`) : problem.detail,
      hint: wait ? find(`problems:retry_in.${wait.unit}`, { count: wait.count }) : i18n.exists(hintKey) ? find(hintKey) : isKnown ? null : (problem.hint ?? null),
      requestId: problem.request_id || null,
    }
  }
}
