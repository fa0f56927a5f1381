import { X } from 'lucide-react'
import { useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { LIMITS } from '@/lib/api/vocabulary'
import { Field, type FieldText } from './field'

/**
 * Tags as chips, in lower case as the API keeps them. Enter or a comma adds one; Backspace in the
 * empty input removes the last one.
 */
export function TagsField({ tags, onChange, ...text }: FieldText & { tags: readonly string[]; onChange: (tags: string[]) => void }) {
  const { t } = useTranslation()
  const [draft, setDraft] = useState('')
  const add = (typed: string) => {
    const words = typed.split(',').map((word) => word.trim().toLowerCase().slice(0, LIMITS.tagCharacters))
    const fresh = words.filter((word, index) => word && !tags.includes(word) && words.indexOf(word) === index)
    if (fresh.length) onChange([...tags, ...fresh].slice(0, LIMITS.tags))
    setDraft('')
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' || event.key === ',') {
      event.preventDefault()
      add(draft)
    } else if (event.key === 'Backspace' && !draft) onChange(tags.slice(0, -1))
  }
  return (
    <Field {...text}>
      {(ids) => (
        <div className="flex min-h-11 flex-wrap items-center gap-1.5 rounded-lg border border-line-strong/60 bg-surface px-2 py-0.5 focus-within:outline-2 focus-within:outline-ember hover:border-line-strong sm:min-h-10 dark:bg-sunken">
          {tags.map((tag) => (
            <span key={tag} className="inline-flex max-w-full items-center gap-0.5 rounded-md bg-sunken ps-2 text-sm dark:bg-line">
              <span className="truncate">{tag}</span>
              <button type="button" aria-label={t('remove_tag', { tag })} onClick={() => onChange(tags.filter((other) => other !== tag))} className="grid size-7 place-items-center">
                <X aria-hidden className="size-3.5" />
              </button>
            </span>
          ))}
          <input
            {...ids}
            value={draft}
            onChange={(event) => (event.target.value.includes(',') ? add(event.target.value) : setDraft(event.target.value))}
            onKeyDown={onKeyDown}
            onBlur={() => add(draft)}
            className="h-8 w-16 min-w-0 grow bg-transparent px-1 text-base outline-none sm:text-sm"
          />
        </div>
      )}
    </Field>
  )
}
