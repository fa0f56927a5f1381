import { useTranslation } from 'react-i18next'
import { Card, CardTitle } from '@/components/card'
import { SelectField } from '@/components/select-field'
import { LANGUAGES, rememberLanguage, type Language } from '@/lib/i18n'
import { chooseTheme, useTheme } from '@/lib/theme'

export function DisplayCard() {
  const { t, i18n } = useTranslation()
  const auth = useTranslation('auth')
  const theme = useTheme()
  const themes = (['system', 'light', 'dark'] as const).map((value) => ({ value, label: t(`theme.${value}`) }))
  const languages = (Object.keys(LANGUAGES) as Language[]).map((value) => ({ value, label: LANGUAGES[value] }))
  return (
    <Card>
      <CardTitle>{auth.t('account.display')}</CardTitle>
      <div className="mt-4 grid gap-4 sm:grid-cols-2">
        <SelectField label={t('theme.label')} value={theme} choices={themes} onChoose={chooseTheme} />
        <SelectField
          label={t('language')}
          value={i18n.language as Language}
          choices={languages}
          onChoose={(language) => void rememberLanguage(language)}
        />
      </div>
    </Card>
  )
}
