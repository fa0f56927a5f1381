import { Link, useRouter } from '@tanstack/react-router'
import { BookOpen, Gauge, LogOut, Settings, Video } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Menu, MenuItem, MenuLine } from '@/components/menu'
import { signOut } from '@/features/auth/api/sign-out'
import { toProblem } from '@/lib/api/problem'
import { forgetOwned } from '@/lib/local-setting'
import { changeUser, isAdmin, type Me } from '@/lib/session'
import { toast } from '@/lib/toast'
import { isUnfinished } from '@/lib/unfinished'
import { useProblemText } from '@/lib/use-problem-text'
import { rememberEnded } from '../guards'

// Rarely shown, so it is not part of the first page load.
const ConfirmDialog = lazy(async () => ({ default: (await import('@/components/confirm-dialog')).ConfirmDialog }))

export function UserMenu({ me }: { me: Me }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const router = useRouter()
  const [isAsking, setAsking] = useState(false)
  const goAway = () => {
    rememberEnded(me, router.state.location.href)
    changeUser({ me: null, to: '/gallery' })
    forgetOwned(me.id)
  }
  const leave = () =>
    signOut().then(
      goAway,
      (error: unknown) => {
        // A 401 means that the session is already over. After any other failure the cookie is still
        // valid, so the page must not claim otherwise.
        if (toProblem(error).status === 401) goAway()
        else toast.error({ title: t('nav.sign_out_failed'), description: problemText(error).title })
      },
    )
  return (
    <>
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
        {isAdmin(me) && (
          <MenuItem icon={<Gauge aria-hidden />} render={<Link to="/admin" />}>
            {t('nav.admin')}
          </MenuItem>
        )}
        {/* Served by the API, so it is not one of the client's routes. */}
        <MenuItem
          render={
            <a href="/api/docs">
              <BookOpen aria-hidden />
              {t('nav.api_docs')}
            </a>
          }
        />
        <MenuLine />
        <MenuItem icon={<LogOut aria-hidden />} onClick={() => (isUnfinished() ? setAsking(true) : void leave())}>
          {t('nav.sign_out')}
        </MenuItem>
      </Menu>
      {isAsking && (
        <Suspense>
          <ConfirmDialog
            isOpen
            title={t('sign_out_uploads.title')}
            description={t('sign_out_uploads.text')}
            action={t('nav.sign_out')}
            onConfirm={() => void leave().finally(() => setAsking(false))}
            onClose={() => setAsking(false)}
          />
        </Suspense>
      )}
    </>
  )
}
