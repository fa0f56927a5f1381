import { useTranslation } from 'react-i18next'
import { FORMATS } from '@/lib/api/formats'
import type { Format, FormatOffer } from '@/lib/api/models'
import { CheckBox } from './check-box'

interface FormatPickerProps {
  chosen: readonly Format[]
  /** What the API says that a job can make of the source, null while it has not seen the source. */
  offers: readonly FormatOffer[] | null
  onChange: (formats: Format[]) => void
  /** What there is already: it may be made again, and says so. */
  made?: readonly string[]
}

/** The formats to make; those that the source is too small for are greyed out, with the reason. */
export function FormatPicker({ chosen, offers, onChange, made = [] }: FormatPickerProps) {
  const { t } = useTranslation()
  const find = (format: Format) => offers?.find((offer) => offer.format === format) ?? null
  const isSmall = offers !== null && offers.every((offer) => offer.rendition !== offer.format)
  const toggle = (format: Format, isWanted: boolean) =>
    onChange(FORMATS.map((row) => row.format).filter((other) => (other === format ? isWanted : chosen.includes(other))))
  return (
    <fieldset>
      <legend className="mb-2 text-sm font-medium">{t('formats.label')}</legend>
      <div className="grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-4">
        {FORMATS.map(({ format, longSide, shortSide }) => {
          const offer = find(format)
          const isAbove = offers !== null && !offer && !isSmall
          const size = offer ? `${offer.width} × ${offer.height}` : `${longSide} × ${shortSide}`
          const isMade = made.includes(offer?.rendition ?? format)
          return (
            <CheckBox
              key={format}
              label={<span className="font-medium">{format}</span>}
              note={isAbove ? t('formats.above_source') : isMade ? t('formats.made') : size}
              isChecked={chosen.includes(format) && !isAbove}
              isDisabled={isAbove}
              onChange={(checked) => toggle(format, checked)}
            />
          )
        })}
      </div>
      {isSmall && <p className="mt-2 text-sm text-ink-faint">{t('formats.small_source')}</p>}
    </fieldset>
  )
}
