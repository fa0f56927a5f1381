import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { ProgressBar } from '@/components/progress-bar'
import { JOB_TONES } from '@/lib/job/job-tones'
import { isFinal } from '@/lib/job/merge-job'
import { useFollowedJob } from '@/lib/job/use-followed-job'
import { useJobLine } from '@/lib/job/use-job-line'
import { useTranslation } from 'react-i18next'

/** The job of an uploaded file, followed until it ends. */
export function StartedLine({ jobId }: { jobId: string }) {
  const { t } = useTranslation('upload')
  const line = useJobLine()
  const queryClient = useQueryClient()
  const job = useFollowedJob(jobId)
  const isOver = job !== undefined && isFinal(job)
  useEffect(() => {
    if (isOver) void queryClient.invalidateQueries({ queryKey: ['videos'] })
  }, [isOver, queryClient])
  return (
    <div className="flex flex-col gap-1.5">
      <ProgressBar percent={job?.progress_percent ?? 0} label={t('job_progress')} tone={job ? JOB_TONES[job.status] : 'ember'} />
      <p role="status" className="text-sm text-ink-soft tabular-nums">
        {job ? line(job) : t('status.started')}
      </p>
    </div>
  )
}
