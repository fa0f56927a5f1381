import { useTranslation } from 'react-i18next'
import { ProblemNotice } from '@/components/problem-notice'
import { TransferFault } from '../engine/faults'
import { isElsewhere } from '../engine/upload'
import type { UploadItem } from '../state/upload-item'

/** Why an upload stopped, and what helps. */
export function UploadFault({ item }: { item: UploadItem }) {
  const { t } = useTranslation('upload')
  const { error, hasRestarted, status } = item.transfer
  if (item.problem) return <ProblemNotice error={item.problem} />
  if (status === 'failed' && error) {
    if (error instanceof TransferFault) return <Fault text={t(`fault.${error.kind}`)} />
    if (isElsewhere(error)) return <Fault text={t('fault.elsewhere')} />
    return <ProblemNotice error={error} />
  }
  return hasRestarted && item.stage === 'transfer' ? <p className="text-sm text-warn">{t('restarted')}</p> : null
}

function Fault({ text }: { text: string }) {
  return (
    <p role="alert" className="rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
      {text}
    </p>
  )
}
