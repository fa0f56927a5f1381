import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { MonitorSmartphone } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Badge } from '@/components/badge'
import { Button } from '@/components/button'
import { Card, CardTitle } from '@/components/card'
import { ProblemNotice } from '@/components/problem-notice'
import { Skeleton } from '@/components/skeleton'
import type { Session } from '@/lib/api/models'
import { formatAgo, formatDateTime } from '@/lib/format'
import { toast } from '@/lib/toast'
import { endSession, sessionsQuery } from '../api/sessions'
import { describeBrowser } from '../describe-browser'

export function SessionsCard() {
  const { t } = useTranslation('auth')
  const sessions = useQuery(sessionsQuery)
  return (
    <Card>
      <CardTitle>{t('account.sessions')}</CardTitle>
      {sessions.isPending && <Skeleton className="mt-4 h-16" />}
      {sessions.isError && <ProblemNotice error={sessions.error} onRetry={() => void sessions.refetch()} />}
      <ul className="mt-2 divide-y divide-line">
        {sessions.data?.items.map((session) => (
          <SessionRow key={session.id} session={session} />
        ))}
      </ul>
    </Card>
  )
}

function SessionRow({ session }: { session: Session }) {
  const { t, i18n } = useTranslation('auth')
  const queryClient = useQueryClient()
  const end = useMutation({
    mutationFn: () => endSession(session.id),
    onSuccess: () => toast.done({ title: t('account.session_ended') }),
    onSettled: () => queryClient.invalidateQueries(sessionsQuery),
  })
  const known = describeBrowser(session.user_agent)
  const name = known ? t('account.browser_on', known) : t('account.unknown_browser')
  return (
    <li className="flex flex-wrap items-center gap-3 py-3 text-sm">
      <MonitorSmartphone aria-hidden className="size-5 shrink-0 text-ink-faint" />
      <div className="min-w-0 grow basis-40">
        <p className="font-medium">{name}</p>
        <p className="text-ink-faint" title={formatDateTime(session.last_seen_at, i18n.language)}>
          {[session.address, t('account.session_seen', { when: formatAgo(session.last_seen_at, i18n.language) })].filter(Boolean).join(' · ')}
        </p>
      </div>
      {session.is_current ? (
        <Badge tone="good">{t('account.session_current')}</Badge>
      ) : (
        <Button size="small" isBusy={end.isPending} onClick={() => end.mutate()} aria-label={t('account.session_end_of', { name })}>
          {t('account.session_end')}
        </Button>
      )}
    </li>
  )
}
