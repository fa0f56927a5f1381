import { useTranslation } from 'react-i18next'
import { FORMATS } from '@/lib/api/formats'
import type { Format, FormatOffer } from '@/lib/api/models'
import { CheckBox } from './check-box'

interface FormatPickerProps {
  chosen: readonly Format[]
  /** The formats the API offers for this source; null until it has analysed the source. */
  offers: readonly FormatOffer[] | null
  onChange: (formats: Format[]) => void
  /** Formats the video already has. They can be encoded again, and are marked. */
  made?: readonly string[]
}

/** The formats to encode. Those larger than the source are disabled, with the reason. */
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
