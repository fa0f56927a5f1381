import type { ReactNode } from 'react'
import { cn } from '@/lib/class-names'

/** One labelled number. */
export function Figure({ name, value, tone = 'plain' }: { name: string; value: ReactNode; tone?: 'plain' | 'bad' }) {
  return (
    <div className="flex flex-col-reverse justify-end rounded-xl bg-sunken/70 px-3 py-3 sm:px-4 dark:bg-raised">
      <dt className="text-sm break-words hyphens-manual text-ink-faint">{name}</dt>
      <dd className={cn('text-2xl font-semibold tabular-nums', tone === 'bad' && 'text-bad')}>{value}</dd>
    </div>
  )
}
