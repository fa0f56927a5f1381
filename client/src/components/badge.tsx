import type { ReactNode } from 'react'
import { cn } from '@/lib/class-names'

const TONES = {
  plain: 'bg-sunken text-ink-soft dark:bg-line',
  ember: 'bg-ember-soft text-ember-strong',
  good: 'bg-good-soft text-good',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  onPicture: 'bg-black/75 text-white',
} as const

export type BadgeTone = keyof typeof TONES

export function Badge({ tone = 'plain', className, children }: { tone?: BadgeTone; className?: string; children: ReactNode }) {
  return (
    <span
      className={cn(
        'inline-flex items-center gap-1 rounded-md px-1.5 py-0.5 text-xs font-medium whitespace-nowrap tabular-nums [&_svg]:size-3',
        TONES[tone],
        className,
      )}
    >
      {children}
    </span>
  )
}
