import { useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { BookOpen, LogOut, Settings, Video } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Menu, MenuItem, MenuLine } from '@/components/menu'
import { signOut } from '@/features/auth/api/sign-out'
import { meQuery, type Me } from '@/lib/session'

export function UserMenu({ me }: { me: Me }) {
  const { t } = useTranslation()
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const leave = async () => {
    await signOut().catch(() => undefined)
    queryClient.clear()
    queryClient.setQueryData(meQuery.queryKey, null)
    await navigate({ to: '/gallery' })
  }
  return (
    <Menu
      trigger={
        <button
          type="button"
          aria-label={t('nav.menu_of', { email: me.email })}
          className="grid size-10 place-items-center rounded-full bg-ember-soft text-sm font-semibold text-ember-strong uppercase"
        >
          {me.email.slice(0, 1)}
        </button>
      }
    >
      <p className="max-w-64 truncate px-2.5 py-2 text-xs text-ink-faint">{me.email}</p>
      <MenuLine />
      <MenuItem icon={<Video aria-hidden />} render={<Link to="/my-videos" />}>
        {t('nav.my_videos')}
      </MenuItem>
      <MenuItem icon={<Settings aria-hidden />} render={<Link to="/account" />}>
        {t('nav.account')}
      </MenuItem>
      {/* The API's own page: not one of the client's routes. */}
      <MenuItem
        render={
          <a href="/api/docs">
            <BookOpen aria-hidden />
            {t('nav.api_docs')}
          </a>
        }
      />
      <MenuLine />
      <MenuItem icon={<LogOut aria-hidden />} onClick={() => void leave()}>
        {t('nav.sign_out')}
      </MenuItem>
    </Menu>
  )
}
