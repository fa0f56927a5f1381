import { Link } from '@tanstack/react-router'
import { Clapperboard, LayoutGrid, Upload, UserRound } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useMe } from '@/lib/session'

const linkLook =
  'flex grow basis-0 flex-col items-center justify-center gap-1 text-xs text-ink-soft data-[status=active]:text-ember forced-colors:data-[status=active]:underline [&_svg]:size-5'

/** The main navigation on phones, within reach of the thumb. */
export function BottomBar() {
  const { t } = useTranslation()
  const me = useMe()
  return (
    <nav
      aria-label={t('nav.label')}
      className="fixed inset-x-0 bottom-0 z-30 flex h-16 border-t border-line bg-canvas/95 pb-[env(safe-area-inset-bottom)] backdrop-blur-md sm:hidden"
    >
      <Link to="/gallery" className={linkLook}>
        <LayoutGrid aria-hidden />
        {t('nav.gallery')}
      </Link>
      {me && (
        <Link to="/my-videos" className={linkLook}>
          <Clapperboard aria-hidden />
          {t('nav.my_videos')}
        </Link>
      )}
      <Link to="/upload" className={linkLook}>
        <Upload aria-hidden />
        {t('nav.upload')}
      </Link>
      <Link to={me ? '/account' : '/login'} className={linkLook}>
        <UserRound aria-hidden />
        {me ? t('nav.account') : t('nav.sign_in')}
      </Link>
    </nav>
  )
}
