import { Info } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { Job } from '@/lib/api/models'

/** Skipped formats and warnings, with the reasons. */
export function JobNotes({ job }: { job: Job }) {
  const { t, i18n } = useTranslation('jobs')
  // The API's own sentence is in English, and more specific than any text by code.
  const say = (own: string, key: string, values: object = {}) =>
    i18n.language === 'en' || !i18n.exists(`jobs:${key}`) ? own : (t as unknown as (key: string, values: object) => string)(key, values)
  const largest = job.renditions.reduce((top, { height, format }) => (height > top.height ? { height, format } : top), { height: 0, format: '' }).format
  const above = largest ? 'above_source_largest' : 'above_source'
  const notes = [
    ...job.skipped.map(({ format, reason, code }) => ({
      key: format,
      title: `${t('skipped')}: ${format}`,
      text: say(reason, code === 'already_made' ? code : above, { format, largest }),
    })),
    ...job.warnings.map(({ code, message }) => ({ key: code, title: t('warnings'), text: say(message, `note.${code}`) })),
  ]
  if (!notes.length) return null
  return (
    <ul className="flex flex-col gap-2">
      {notes.map(({ key, title, text }) => (
        <li key={key} className="flex gap-2.5 rounded-lg bg-warn-soft px-3 py-2 text-sm text-warn">
          <Info aria-hidden className="mt-0.5 size-4 shrink-0" />
          <p>
            <span className="font-medium">{title}</span>
            <br />
            {text}
          </p>
        </li>
      ))}
    </ul>
  )
}
