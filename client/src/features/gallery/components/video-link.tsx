import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

/** Links to the video; one in the trash has no page. */
export function VideoLink({ id, isTrash, className, children }: { id: string; isTrash: boolean; className: string; children: ReactNode }) {
  if (isTrash) return <div className={className}>{children}</div>
  return (
    <Link to="/videos/$videoId" params={{ videoId: id }} className={className}>
      {children}
    </Link>
  )
}
