import { useTranslation } from 'react-i18next'
import { roughTime } from './format'

/** "about 2 min", in the user's language. */
export function useRoughTime(): (seconds: number) => string {
  const { t } = useTranslation()
  return (seconds) => {
    const { unit, count } = roughTime(seconds)
    return t(`time.${unit}`, { count })
  }
}
