import { cn } from '@/lib/class-names'

/** A grey shape where something is about to be. Hidden from screen readers; its parent says that it loads. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn('animate-sheen rounded-lg bg-sunken dark:bg-raised', className)} />
}
