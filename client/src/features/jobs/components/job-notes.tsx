import { Info } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { Job } from '@/lib/api/models'

/** Formats that were left out, and what one should know, with the reasons. */
export function JobNotes({ job }: { job: Job }) {
  const { t } = useTranslation('jobs')
  const notes = [
    ...job.skipped.map(({ format, reason }) => ({ key: format, title: `${t('skipped')}: ${format}`, text: reason })),
    ...job.warnings.map(({ code, message }) => ({ key: code, title: t('warnings'), text: message })),
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
