/** English is in the bundle; other languages are loaded when chosen. */
import i18next, { type i18n } from 'i18next'
import { initReactI18next } from 'react-i18next'
import { en } from '@/locales/en'
import { readSetting, saveSetting } from './local-setting'

export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const
export type Language = keyof typeof LANGUAGES

const loaders: Record<Exclude<Language, 'en'>, () => Promise<Record<string, object>>> = {
  de: async () => ({ ...(await import('@/locales/de')).de }),
}

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common'
    resources: typeof en
  }
}

function findLanguage(): Language {
  const wanted = [readSetting('language'), ...navigator.languages].map((tag) => tag?.slice(0, 2))
  return wanted.find((tag): tag is Language => tag !== undefined && tag in LANGUAGES) ?? 'en'
}

export async function chooseLanguage(language: Language): Promise<void> {
  if (language !== 'en' && !i18next.hasResourceBundle(language, 'common')) {
    const bundles = await loaders[language]()
    for (const [name, bundle] of Object.entries(bundles)) i18next.addResourceBundle(language, name, bundle)
  }
  await i18next.changeLanguage(language)
  document.documentElement.lang = language
}

export async function rememberLanguage(language: Language): Promise<void> {
  saveSetting('language', language)
  await chooseLanguage(language)
}

export async function startI18n(language: Language = findLanguage()): Promise<i18n> {
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    ns: Object.keys(en),
    defaultNS: 'common',
    resources: { en },
    // React escapes already; escaping twice would show &amp; in titles.
    interpolation: { escapeValue: false },
  })
  await chooseLanguage(language).catch(() => chooseLanguage('en'))
  return i18next
}
