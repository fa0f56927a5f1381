import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { getConfig } from '@/lib/config'
import type { Video } from '@/lib/api/models'
import { formatAgo } from '@/lib/format'
import { useRoughTime } from '@/lib/use-rough-time'

const MS_PER_HOUR = 3_600_000

/** The upload date; in the trash, the time left to restore it. */
export function VideoTime({ video, isTrash }: { video: Video; isTrash: boolean }) {
  const { t, i18n } = useTranslation('gallery')
  const roughTime = useRoughTime()
  const [now] = useState(Date.now)
  if (!isTrash || !video.deleted_at) return <time dateTime={video.created_at}>{formatAgo(video.created_at, i18n.language)}</time>
  const end = Date.parse(video.deleted_at) + getConfig().trash_hours * MS_PER_HOUR
  const seconds = Math.max(0, (end - now) / 1000)
  return <time dateTime={new Date(end).toISOString()}>{t('trash_left', { time: roughTime(seconds) })}</time>
}
