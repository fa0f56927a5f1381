import { useQuery } from '@tanstack/react-query'
import { Mail } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { Card } from '@/components/card'
import { Dialog } from '@/components/dialog'
import { PageHeader } from '@/components/page-header'
import { ProblemNotice } from '@/components/problem-notice'
import { Skeleton } from '@/components/skeleton'
import { formatDateTime } from '@/lib/format'
import { usePageTitle } from '@/lib/use-page-title'
import { mailQuery, mailsQuery } from '../api/mails'

/** The kept emails, newest first; one opens in a dialog. */
export function MailsPage({ back }: { back: ReactNode }) {
  const { t, i18n } = useTranslation('admin')
  const mails = useQuery(mailsQuery)
  const [openId, setOpenId] = useState<string | null>(null)
  usePageTitle(t('mails.title'))
  const items = mails.data?.items ?? []
  const open = items.find((mail) => mail.id === openId)
  return (
    <>
      <PageHeader title={t('mails.title')} description={t('mails.text')} actions={back} />
      {mails.isError && <ProblemNotice error={mails.error} onRetry={() => void mails.refetch()} />}
      {mails.isPending && <Skeleton className="h-24" />}
      {mails.isSuccess && (
        <Card>
          {items.length === 0 && <p className="text-sm text-ink-soft">{t('mails.none')}</p>}
          <ul className="-mx-2 divide-y divide-line">
            {items.map((mail) => (
              <li key={mail.id}>
                <Button
                  look="ghost"
                  onClick={() => setOpenId(mail.id)}
                  aria-label={t('mails.open', { to: mail.to.join(', '), subject: mail.subject })}
                  className="h-auto w-full justify-start gap-3 px-2 py-3 text-start whitespace-normal"
                >
                  <Mail aria-hidden className="size-5 shrink-0 text-ink-faint" />
                  <span className="flex min-w-0 grow flex-col gap-x-4 sm:flex-row sm:items-center sm:justify-between">
                    <span className="min-w-0">
                      <span className="block font-medium break-words">{t('mails.to', { to: mail.to.join(', ') })}</span>
                      <span className="block font-normal break-words text-ink-soft">{mail.subject}</span>
                    </span>
                    <span className="shrink-0 text-sm font-normal text-ink-faint">{formatDateTime(mail.received_at, i18n.language)}</span>
                  </span>
                </Button>
              </li>
            ))}
          </ul>
        </Card>
      )}
      <Dialog
        isOpen={openId !== null}
        onClose={() => setOpenId(null)}
        title={open?.subject ?? t('mails.title')}
        description={open && t('mails.to', { to: open.to.join(', ') })}
        isWide
      >
        {openId !== null && <MailText id={openId} />}
      </Dialog>
    </>
  )
}

function MailText({ id }: { id: string }) {
  const mail = useQuery(mailQuery(id))
  if (mail.isError) return <ProblemNotice error={mail.error} onRetry={() => void mail.refetch()} />
  if (!mail.data) return <Skeleton className="h-40" />
  return <pre className="rounded-xl bg-sunken p-4 font-sans text-sm break-words whitespace-pre-wrap">{mail.data.text}</pre>
}
