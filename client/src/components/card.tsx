import type { ComponentProps } from 'react'
import { cn } from '@/lib/class-names'

export function Card({ className, ...rest }: ComponentProps<'section'>) {
  return <section {...rest} className={cn('rounded-card border border-line bg-surface p-5 shadow-card sm:p-6', className)} />
}

export function CardTitle({ className, children, ...rest }: ComponentProps<'h2'>) {
  return (
    <h2 {...rest} className={cn('text-base font-semibold', className)}>
      {children}
    </h2>
  )
}
