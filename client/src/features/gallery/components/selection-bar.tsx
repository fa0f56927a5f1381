import { ArchiveRestore, Eye, Trash2, X } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { CheckBox } from '@/components/check-box'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { Menu, MenuItem } from '@/components/menu'
import { VISIBILITIES } from '@/lib/api/vocabulary'
import { useChangeVideos } from '../state/use-change-videos'

interface SelectionBarProps {
  ids: readonly string[]
  shownCount: number
  isTrash: boolean
  onSelectAll: () => void
  onClear: () => void
}

/**
 * The actions for the selected videos; shown over the page while any are selected, so that the
 * layout does not shift.
 */
export function SelectionBar({ ids, shownCount, isTrash, onSelectAll, onClear }: SelectionBarProps) {
  const { t } = useTranslation('gallery')
  const { t: common } = useTranslation()
  const [isAsking, setAsking] = useState(false)
  const { change, purge } = useChangeVideos(onClear)
  const isAll = ids.length === shownCount
  return (
    <div
      role="toolbar"
      aria-label={t('selected', { count: ids.length })}
      className="fixed inset-x-3 bottom-20 z-20 flex animate-rise flex-wrap items-center gap-2 rounded-xl border border-line bg-raised px-3 py-2 shadow-card sm:start-6 sm:end-auto sm:bottom-6"
    >
      <CheckBox isChecked={isAll ? true : 'some'} label={t('select_all')} isLabelHidden onChange={() => (isAll ? onClear() : onSelectAll())} className="p-1" />
      <p aria-live="polite" className="me-auto text-sm font-medium tabular-nums">
        {t('selected', { count: ids.length })}
      </p>
      <Button look="ghost" size="icon-small" aria-label={t('clear_selection')} className="sm:me-2" onClick={onClear}>
        <X aria-hidden />
      </Button>
      {isTrash ? (
        <>
          <Button size="small" isBusy={change.isPending} onClick={() => change.mutate({ ids, change: { action: 'restore' } })}>
            <ArchiveRestore aria-hidden />
            {t('restore')}
          </Button>
          <Button size="small" look="danger" onClick={() => setAsking(true)}>
            <Trash2 aria-hidden />
            {t('purge')}
          </Button>
        </>
      ) : (
        <>
          <Menu
            trigger={
              <Button size="small">
                <Eye aria-hidden />
                {t('set_visibility')}
              </Button>
            }
          >
            {VISIBILITIES.map((visibility) => (
              <MenuItem key={visibility} onClick={() => change.mutate({ ids, change: { action: 'visibility', visibility } })}>
                {common(`visibility.${visibility}`)}
              </MenuItem>
            ))}
          </Menu>
          <Button size="small" look="danger" isBusy={change.isPending} onClick={() => change.mutate({ ids, change: { action: 'delete' } })}>
            <Trash2 aria-hidden />
            {t('delete')}
          </Button>
        </>
      )}
      <ConfirmDialog
        isOpen={isAsking}
        title={t('purge_title')}
        description={t('purge_text')}
        action={t('purge')}
        isBusy={purge.isPending}
        onConfirm={() => purge.mutate(ids, { onSettled: () => setAsking(false) })}
        onClose={() => setAsking(false)}
      />
    </div>
  )
}
