import { useTranslation } from 'react-i18next'
import { toProblem } from './api/problem'

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
    const find = t as unknown as (key: string) => string
    return {
      title: isKnown ? find(`problems:${problem.code}.title`) : problem.detail,
      hint: i18n.exists(hintKey) ? find(hintKey) : isKnown ? null : (problem.hint ?? null),
      requestId: problem.request_id || null,
    }
  }
}
