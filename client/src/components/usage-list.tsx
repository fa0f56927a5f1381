import { useTranslation } from 'react-i18next'
import type { Usage } from '@/lib/api/models'
import { formatBytes, formatCount } from '@/lib/format'
import { ProgressBar } from './progress-bar'

/** From this share on the bar turns red. */
const SCARCE_PERCENT = 90

const ROOMS = ['stored_bytes', 'unconfirmed_bytes', 'open_uploads', 'unfinished_jobs', 'event_streams'] as const

/** Each quota with its current use, and a bar where there is a limit. */
export function UsageList({ usage }: { usage: Usage }) {
  return (
    <ul className="mt-3 flex flex-col gap-4">
      {ROOMS.map((name) => (
        <Room key={name} name={name} room={usage[name]} />
      ))}
    </ul>
  )
}

function Room({ name, room: { used, limit } }: { name: (typeof ROOMS)[number]; room: Usage['stored_bytes'] }) {
  const { t, i18n } = useTranslation()
  const write = name.endsWith('bytes') ? formatBytes : formatCount
  const label = t(`usage.${name}`)
  const percent = used === null || limit === null ? null : Math.min(100, (100 * used) / limit)
  return (
    <li className="text-sm">
      <div className="mb-1.5 flex items-baseline justify-between gap-x-4">
        <span className="min-w-0">{label}</span>
        <span className="shrink-0 text-ink-faint tabular-nums">{describe(used, limit)}</span>
      </div>
      {percent !== null && <ProgressBar percent={percent} label={label} size="thin" tone={percent >= SCARCE_PERCENT ? 'bad' : 'ember'} />}
    </li>
  )

  function describe(taken: number | null, most: number | null): string {
    if (taken === null) return t('usage.at_most', { limit: write(most ?? 0, i18n.language) })
    if (most === null) return write(taken, i18n.language)
    return t('usage.of', { used: write(taken, i18n.language), limit: write(most, i18n.language) })
  }
}
