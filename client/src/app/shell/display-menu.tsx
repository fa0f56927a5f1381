import { Monitor, Moon, Sun } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { Menu, MenuChoices, MenuLine } from '@/components/menu'
import { LANGUAGES, rememberLanguage, type Language } from '@/lib/i18n'
import { chooseTheme, useTheme, type Theme } from '@/lib/theme'

const ICONS = { system: <Monitor aria-hidden />, light: <Sun aria-hidden />, dark: <Moon aria-hidden /> }

/** Theme and language, for everyone, signed in or not. */
export function DisplayMenu() {
  const { t, i18n } = useTranslation()
  const theme = useTheme()
  const themes = (['system', 'light', 'dark'] as const).map((value) => ({ value, label: t(`theme.${value}`), icon: ICONS[value] }))
  const languages = (Object.keys(LANGUAGES) as Language[]).map((value) => ({ value, label: LANGUAGES[value] }))
  return (
    <Menu
      trigger={
        <Button look="ghost" size="icon" aria-label={t('nav.settings')}>
          {ICONS[theme]}
        </Button>
      }
    >
      <MenuChoices<Theme> label={t('theme.label')} value={theme} choices={themes} onChoose={chooseTheme} />
      <MenuLine />
      <MenuChoices<Language>
        label={t('language')}
        value={i18n.language as Language}
        choices={languages}
        onChoose={(language) => void rememberLanguage(language)}
      />
    </Menu>
  )
}
