import type { ReactNode } from 'react'

interface EmptyStateProps {
  icon: ReactNode
  title: string
  /** 1 where this is the whole page. */
  level?: 1 | 2
  children?: ReactNode
  action?: ReactNode
}

export function EmptyState({ icon, title, level = 2, children, action }: EmptyStateProps) {
  const Heading = `h${level}` as const
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-3 px-4 py-16 text-center">
      <div aria-hidden className="grid size-14 place-items-center rounded-2xl bg-ember-soft text-ember-strong [&_svg]:size-6">
        {icon}
      </div>
      <Heading className="text-lg font-semibold">{title}</Heading>
      {children && <p className="text-sm text-ink-soft">{children}</p>}
      {action && <div className="mt-2">{action}</div>}
    </div>
  )
}
