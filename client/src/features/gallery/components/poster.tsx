import { Film } from 'lucide-react'
import { useState } from 'react'
import { Badge } from '@/components/badge'
import type { Video } from '@/lib/api/models'
import { cn } from '@/lib/class-names'
import { formatClock } from '@/lib/format'

/** A video's thumbnail; an animated preview plays on hover where the API has one. */
export function Poster({ video, className }: { video: Video; className?: string }) {
  const [isBroken, setBroken] = useState(false)
  const [isPointedAt, setPointedAt] = useState(false)
  const hasMotion = video.preview_url && !window.matchMedia('(prefers-reduced-motion: reduce)').matches
  return (
    <div
      className={cn('relative aspect-video overflow-hidden rounded-card bg-sunken dark:bg-raised', className)}
      onPointerEnter={() => setPointedAt(true)}
      onPointerLeave={() => setPointedAt(false)}
    >
      {video.thumbnail_url && !isBroken ? (
        <img
          src={video.thumbnail_url}
          alt=""
          loading="lazy"
          decoding="async"
          onError={() => setBroken(true)}
          className="size-full object-contain transition-transform duration-300 group-hover:scale-[1.02]"
        />
      ) : (
        <div aria-hidden className="grid size-full place-items-center text-ink-faint">
          <Film className="size-8" />
        </div>
      )}
      {hasMotion && isPointedAt && video.preview_url && (
        <video src={video.preview_url} muted autoPlay loop playsInline aria-hidden className="absolute inset-0 size-full object-contain" />
      )}
      {video.duration_seconds !== null && (
        <Badge tone="onPicture" className="absolute end-2 bottom-2">
          {formatClock(video.duration_seconds)}
        </Badge>
      )}
      {video.renditions.some((rendition) => rendition.format === '4K') && (
        <Badge tone="onPicture" className="absolute start-2 bottom-2">
          4K
        </Badge>
      )}
    </div>
  )
}
