import { useTranslation } from 'react-i18next'
import { roughLow, roughTime } from './format'

/** "about 2 minutes", or "about 4 to 6 minutes" of a range, in the user's language. */
export function useRoughTime(): (seconds: number, range?: readonly number[] | null) => string {
  const { t } = useTranslation()
  return (seconds, range) => {
    const [low = seconds, high = seconds] = range ?? []
    const top = roughTime(high)
    const from = roughLow(low, top)
    return from < top.count ? t(`time_range.${top.unit}`, { from, to: top.count }) : t(`time.${top.unit}`, { count: top.count })
  }
}
