import { LayoutGrid, List, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { SelectField } from '@/components/select-field'
import { VIDEO_STATUSES, VISIBILITIES } from '@/lib/api/vocabulary'
import { SORTS, type MineSearch } from '@/lib/gallery-search'
import type { Kind } from '../api/list-videos'
import { SearchBox } from './search-box'

interface FilterBarProps {
  kind: Kind
  search: MineSearch
  onChange: (change: Partial<MineSearch>) => void
}

export function FilterBar({ kind, search, onChange }: FilterBarProps) {
  const { t } = useTranslation('gallery')
  const { t: common } = useTranslation()
  const sorts = SORTS.map((value) => ({ value, label: t(`sort.${value}`) }))
  const statuses = [{ value: 'any' as const, label: t('filter.any_status') }, ...VIDEO_STATUSES.map((value) => ({ value, label: common(`video_status.${value}`) }))]
  const visibilities = [{ value: 'any' as const, label: t('filter.any_visibility') }, ...VISIBILITIES.map((value) => ({ value, label: common(`visibility.${value}`) }))]
  const orNone = <T extends string>(value: T | 'any') => (value === 'any' ? undefined : value)
  const view = search.view ?? 'grid'
  return (
    <div className="mb-6 flex flex-wrap items-center gap-2">
      <SearchBox query={search.q ?? ''} onSearch={(q) => onChange({ q: q || undefined })} />
      {kind === 'mine' && (
        <>
          <SelectField isLabelHidden className="max-sm:grow max-sm:basis-28" label={t('filter.status')} value={search.status ?? 'any'} choices={statuses} onChoose={(value) => onChange({ status: orNone(value) })} />
          <SelectField
            isLabelHidden
            className="max-sm:grow max-sm:basis-28"
            label={t('filter.visibility')}
            value={search.visibility ?? 'any'}
            choices={visibilities}
            onChoose={(value) => onChange({ visibility: orNone(value) })}
          />
        </>
      )}
      <SelectField isLabelHidden className="max-sm:grow max-sm:basis-28" label={t('sort.label')} value={search.sort ?? '-created_at'} choices={sorts} onChoose={(sort) => onChange({ sort: sort === '-created_at' ? undefined : sort })} />
      <div role="group" aria-label={t('view.label')} className="flex rounded-lg border border-line bg-surface p-0.5 dark:bg-sunken">
        {(['grid', 'list'] as const).map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={view === one}
            aria-label={t(`view.${one}`)}
            title={t(`view.${one}`)}
            onClick={() => onChange({ view: one === 'grid' ? undefined : one })}
            className="grid size-9 place-items-center rounded-md text-ink-faint aria-pressed:bg-sunken aria-pressed:text-ink forced-colors:aria-pressed:outline-2 forced-colors:aria-pressed:outline-[Highlight] dark:aria-pressed:bg-raised"
          >
            {one === 'grid' ? <LayoutGrid aria-hidden className="size-4" /> : <List aria-hidden className="size-4" />}
          </button>
        ))}
      </div>
      {search.tag && (
        <Button size="small" onClick={() => onChange({ tag: undefined })}>
          {t('filter.tag', { tag: search.tag })}
          <X aria-hidden />
        </Button>
      )}
    </div>
  )
}
