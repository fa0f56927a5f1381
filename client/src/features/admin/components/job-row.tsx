import { Ban } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { SelectField } from '@/components/select-field'
import type { Job } from '@/lib/api/models'
import { LIMITS } from '@/lib/api/vocabulary'
import { formatAgo, formatPercent } from '@/lib/format'
import { isFinal } from '@/lib/job/merge-job'
import { shortId } from '../state/short-id'
import { useJobChanges } from '../state/use-job-changes'

const cellLook = 'py-2.5 pe-4 align-middle'
const { lowestPriority, highestPriority } = LIMITS
/** From highest to lowest. */
const PRIORITIES = Array.from({ length: highestPriority - lowestPriority + 1 }, (_, index) => String(highestPriority - index)).map((value) => ({ value, label: value }))

/**
 * One job with its actions: a queued job can change priority, an unfinished one can be cancelled.
 */
export function JobRow({ job, link }: { job: Job; link: ReactNode }) {
  const { t, i18n } = useTranslation('admin')
  const { t: words } = useTranslation('jobs')
  const [isAsking, setAsking] = useState(false)
  const { cancel, rank } = useJobChanges(job.id)
  const id = shortId(job.id)
  const isOver = isFinal(job)
  return (
    <tr className="border-b border-line last:border-0">
      <td className={cellLook}>{link}</td>
      <td className={cellLook}>
        <code className="font-mono text-xs" title={job.user_id}>
          {shortId(job.user_id)}
        </code>
      </td>
      <td className={cellLook}>
        {words(`status.${job.status}`)}
        {job.error && <code className="block font-mono text-xs break-all text-bad">{job.error.code}</code>}
      </td>
      <td className={`${cellLook} tabular-nums`}>{formatPercent(job.progress_percent, i18n.language)}</td>
      <td className={`${cellLook} tabular-nums`}>
        {job.status === 'pending' ? (
          <SelectField
            isLabelHidden
            label={t('priority_of', { id })}
            value={String(rank.isPending ? rank.variables : job.priority)}
            choices={PRIORITIES}
            onChoose={(value) => rank.mutate(Number(value))}
            className="w-20"
          />
        ) : (
          job.priority
        )}
      </td>
      <td className={`${cellLook} whitespace-nowrap`}>{formatAgo(job.created_at, i18n.language)}</td>
      <td className="py-2.5 text-end align-middle">
        {!isOver && (
          <Button size="small" aria-label={t('cancel_of', { id })} onClick={() => setAsking(true)}>
            <Ban aria-hidden />
            {t('cancel')}
          </Button>
        )}
        <ConfirmDialog
          isOpen={isAsking}
          title={t('cancel_title', { id })}
          description={t('cancel_text')}
          action={t('cancel_job')}
          isBusy={cancel.isPending}
          onConfirm={() => cancel.mutate(undefined, { onSettled: () => setAsking(false) })}
          onClose={() => setAsking(false)}
        />
      </td>
    </tr>
  )
}
