import { cn } from '@/lib/class-names'

/**
 * A placeholder while content loads. Hidden from screen readers; its parent announces the loading.
 */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn('animate-sheen rounded-lg bg-sunken dark:bg-raised', className)} />
}
