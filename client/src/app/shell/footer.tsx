import { useTranslation } from 'react-i18next'
import { getConfig } from '@/lib/config'

export function Footer() {
  const { t } = useTranslation()
  return (
    <footer className="mx-auto flex w-full max-w-7xl flex-wrap justify-between gap-x-6 gap-y-1 px-4 py-6 text-xs text-ink-faint sm:px-6 3xl:max-w-[112rem]">
      <p>
        {getConfig().site_name}. {t('footer.made')}
      </p>
      <a href="/api/docs" className="underline-offset-4 hover:underline">
        {t('nav.api_docs')}
      </a>
    </footer>
  )
}
