import { Link } from '@tanstack/react-router'
import { Upload } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { getConfig } from '@/lib/config'
import { isAdmin, useMe } from '@/lib/session'
import { DisplayMenu } from './display-menu'
import { Logo } from './logo'
import { UserMenu } from './user-menu'

const linkLook =
  'rounded-lg px-3 py-2 text-sm text-ink-soft transition-colors hover:text-ink data-[status=active]:bg-sunken data-[status=active]:font-medium data-[status=active]:text-ink forced-colors:data-[status=active]:underline dark:data-[status=active]:bg-raised'

export function Header() {
  const { t } = useTranslation()
  const me = useMe()
  const name = getConfig().site_name
  return (
    <header className="sticky top-0 z-30">
      {/* Outside the blurred header: `backdrop-filter` would confine the menus' fixed backdrop to it. */}
      <div aria-hidden className="absolute inset-0 -z-10 border-b border-line bg-canvas/85 backdrop-blur-md" />
      <div className="mx-auto flex h-16 w-full max-w-7xl items-center gap-2 px-4 sm:gap-4 sm:px-6 3xl:max-w-[112rem]">
        <Link to="/" aria-label={t('nav.home', { name })} className="flex items-center gap-2.5 rounded-lg font-semibold tracking-tight">
          <Logo className="size-8" />
          <span className="max-sm:sr-only">{name}</span>
        </Link>
        <nav aria-label={t('nav.label')} className="ms-4 hidden items-center gap-1 sm:flex">
          <Link to="/gallery" className={linkLook}>
            {t('nav.gallery')}
          </Link>
          {me && (
            <Link to="/my-videos" className={linkLook}>
              {t('nav.my_videos')}
            </Link>
          )}
          {isAdmin(me) && (
            <Link to="/admin" className={linkLook}>
              {t('nav.admin')}
            </Link>
          )}
        </nav>
        <div className="ms-auto flex items-center gap-1.5 sm:gap-2">
          <DisplayMenu />
          {me && (
            <Button look="primary" className="hidden sm:inline-flex" render={<Link to="/upload" />}>
              <Upload aria-hidden />
              {t('nav.upload')}
            </Button>
          )}
          {me && <UserMenu me={me} />}
          {me === null && (
            <>
              <Button look="ghost" render={<Link to="/login" />}>
                {t('nav.sign_in')}
              </Button>
              {getConfig().sign_up && (
                <Button look="primary" className="max-sm:hidden" render={<Link to="/register" />}>
                  {t('nav.register')}
                </Button>
              )}
            </>
          )}
        </div>
      </div>
    </header>
  )
}
