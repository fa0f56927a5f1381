import { useTranslation } from 'react-i18next'
import { FORMATS, isAboveSource } from '@/lib/formats'
import type { Format } from '@/lib/api/models'
import { CheckBox } from './check-box'

interface FormatPickerProps {
  chosen: readonly Format[]
  /** Size of the source, null while it is not known. */
  source: { width: number; height: number } | null
  onChange: (formats: Format[]) => void
  /** What there is already: it may be made again, and says so. */
  made?: readonly string[]
}

const sizeOf = (isPortrait: boolean, long: number, short: number) => (isPortrait ? `${short} × ${long}` : `${long} × ${short}`)

/** The formats to make; those above the source are greyed out, with the reason. */
export function FormatPicker({ chosen, source, onChange, made = [] }: FormatPickerProps) {
  const { t } = useTranslation()
  const isSmall = source !== null && FORMATS.every(({ format }) => isAboveSource(format, source))
  const isPortrait = source !== null && source.height > source.width
  const toggle = (format: Format, isWanted: boolean) =>
    onChange(FORMATS.map((rung) => rung.format).filter((other) => (other === format ? isWanted : chosen.includes(other))))
  return (
    <fieldset>
      <legend className="mb-2 text-sm font-medium">{t('formats.label')}</legend>
      <div className="grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-4">
        {FORMATS.map(({ format, longSide, shortSide }) => {
          const isAbove = isAboveSource(format, source) && !isSmall
          return (
            <CheckBox
              key={format}
              label={<span className="font-medium">{format}</span>}
              note={isAbove && source ? t('formats.above_source', { source: `${source.width} × ${source.height}` }) : made.includes(format) ? t('formats.made') : sizeOf(isPortrait, longSide, shortSide)}
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
