import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Video } from '@/lib/api/models'
import { cn } from '@/lib/class-names'

const LONG = 280

/** The description as plain text, never as HTML, and the tags as links to similar videos. */
export function Description({ video }: { video: Video }) {
  const { t } = useTranslation('player')
  const [isOpen, setOpen] = useState(false)
  const isLong = video.description.length > LONG || video.description.split('\n').length > 4
  if (!video.description && !video.tags.length) return null
  return (
    <div className="rounded-card bg-sunken/70 p-4 text-sm dark:bg-surface">
      {video.description && <p className={cn('break-words whitespace-pre-line', isLong && !isOpen && 'line-clamp-4')}>{video.description}</p>}
      {isLong && (
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)} className="mt-1 font-medium text-ink-soft hover:text-ink">
          {isOpen ? t('show_less') : t('show_more')}
        </button>
      )}
      {video.tags.length > 0 && (
        <ul className={cn('flex flex-wrap gap-x-3 gap-y-1', video.description && 'mt-3')}>
          {video.tags.map((tag) => (
            <li key={tag} className="max-w-full">
              <Link to="/gallery" search={{ tag }} className="font-medium break-words text-ember underline-offset-4 hover:underline">
                #{tag}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
