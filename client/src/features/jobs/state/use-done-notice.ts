import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Job } from '@/lib/api/models'
import { isFinal } from '@/lib/job/merge-job'

/** A system notification when the job ends, for users who asked for it on this page. */
export function useDoneNotice(job: Job | undefined, title: string) {
  const { t } = useTranslation('jobs')
  const isPossible = typeof Notification !== 'undefined' && Notification.permission !== 'denied'
  const [isWanted, setWanted] = useState(false)
  const wasOver = useRef(true)
  const isOver = job ? isFinal(job) : true

  useEffect(() => {
    const hasJustEnded = isOver && !wasOver.current
    wasOver.current = isOver
    if (!hasJustEnded || !isWanted || job?.status === 'cancelled') return
    new Notification(job?.status === 'completed' ? t('notify_done', { title }) : t('notify_failed', { title }))
  }, [isOver, isWanted, job?.status, t, title])

  const ask = async () => setWanted((await Notification.requestPermission()) === 'granted')
  return { isPossible: isPossible && !isOver, isWanted, ask }
}
