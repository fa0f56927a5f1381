import { useTranslation } from 'react-i18next'
import type { Visibility } from '@/lib/api/models'
import { LIMITS, VISIBILITIES } from '@/lib/api/vocabulary'
import { SelectField } from './select-field'
import { TagsField } from './tags-field'
import { TextAreaField, TextField } from './text-field'

export interface VideoDetails {
  title: string
  description: string
  tags: string[]
  visibility: Visibility
}

interface VideoDetailsFieldsProps {
  details: VideoDetails
  onChange: (change: Partial<VideoDetails>) => void
  /** The API's error messages by field name. */
  errors?: Partial<Record<keyof VideoDetails, string>>
}

/** Title, description, tags and visibility: the same fields during upload and when edited later. */
export function VideoDetailsFields({ details, onChange, errors = {} }: VideoDetailsFieldsProps) {
  const { t } = useTranslation()
  const visibilities = VISIBILITIES.map((value) => ({ value, label: t(`visibility.${value}`) }))
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        label={t('details.title')}
        className="sm:col-span-2"
        value={details.title}
        maxLength={LIMITS.titleCharacters}
        error={errors.title ?? (details.title.trim() ? undefined : t('details.title_missing'))}
        onChange={(event) => onChange({ title: event.target.value })}
      />
      <TextAreaField
        label={t('details.description')}
        className="sm:col-span-2"
        value={details.description}
        maxLength={LIMITS.descriptionCharacters}
        error={errors.description}
        onChange={(event) => onChange({ description: event.target.value })}
      />
      <TagsField label={t('details.tags')} hint={t('details.tags_hint')} tags={details.tags} error={errors.tags} onChange={(tags) => onChange({ tags })} />
      <div className="flex flex-col gap-1.5">
        <SelectField label={t('details.visibility')} value={details.visibility} choices={visibilities} onChoose={(visibility) => onChange({ visibility })} />
        <p className="text-sm text-ink-faint">{t(`visibility.${details.visibility}_hint`)}</p>
      </div>
    </div>
  )
}
