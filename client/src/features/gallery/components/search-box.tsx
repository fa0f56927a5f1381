import { Search, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { controlLook } from '@/components/field'
import { LIMITS } from '@/lib/api/vocabulary'
import { cn } from '@/lib/class-names'
import { useDebounced } from '@/lib/use-debounced'

/** Searches while typing; the address is updated when the typing pauses. */
export function SearchBox({ query, onSearch }: { query: string; onSearch: (query: string) => void }) {
  const { t } = useTranslation('gallery')
  const [typed, setTyped] = useState(query)
  const [known, setKnown] = useState(query)
  const settled = useDebounced(typed, 250)
  // The address changed in another way, such as the back button.
  if (query !== known) {
    setKnown(query)
    if (query !== typed.trim()) setTyped(query)
  }
  useEffect(() => {
    if (settled === typed && settled.trim() !== query) onSearch(settled.trim())
  }, [settled, typed, query, onSearch])
  return (
    <div role="search" className="relative min-w-0 grow basis-56">
      <Search aria-hidden className="pointer-events-none absolute start-3 top-1/2 size-4 -translate-y-1/2 text-ink-faint" />
      <input
        type="search"
        aria-label={t('search')}
        placeholder={t('search_hint')}
        value={typed}
        maxLength={LIMITS.searchCharacters}
        onChange={(event) => setTyped(event.target.value)}
        className={cn(controlLook, 'h-11 px-9 sm:h-10 [&::-webkit-search-cancel-button]:hidden')}
      />
      {typed && (
        <Button look="ghost" size="icon-small" aria-label={t('clear_search')} onClick={() => setTyped('')} className="absolute end-1.5 top-1/2 -translate-y-1/2">
          <X aria-hidden />
        </Button>
      )}
    </div>
  )
}
