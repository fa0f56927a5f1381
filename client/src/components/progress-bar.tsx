import { Progress } from '@base-ui/react/progress'
import { cn } from '@/lib/class-names'

interface ProgressBarProps {
  /** 0 to 100; null while unknown. */
  percent: number | null
  label: string
  tone?: 'ember' | 'good' | 'bad' | 'still'
  size?: 'thin' | 'normal'
}

const TONES = { ember: 'bg-ember', good: 'bg-good', bad: 'bg-bad', still: 'bg-line-strong' } as const

export function ProgressBar({ percent, label, tone = 'ember', size = 'normal' }: ProgressBarProps) {
  return (
    <Progress.Root value={percent === null ? null : Math.floor(percent)} aria-label={label} className="w-full">
      <Progress.Track className={cn('overflow-hidden rounded-full bg-sunken dark:bg-line forced-colors:border forced-colors:border-[CanvasText]', size === 'thin' ? 'h-1.5' : 'h-2.5')}>
        <Progress.Indicator
          className={cn('h-full rounded-full transition-[width] duration-500 data-indeterminate:w-full data-indeterminate:animate-sheen forced-color-adjust-none forced-colors:bg-[Highlight]', TONES[tone])}
        />
      </Progress.Track>
    </Progress.Root>
  )
}
