import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ShieldCheck, ShieldOff } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Badge } from '@/components/badge'
import { Button } from '@/components/button'
import { Card, CardTitle } from '@/components/card'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { Dialog } from '@/components/dialog'
import { ProblemNotice } from '@/components/problem-notice'
import { meQuery, type Me } from '@/lib/session'
import { toast } from '@/lib/toast'
import { dropSecondFactor } from '../api/second-factor'
import { SecondFactorSetup } from './second-factor-setup'

export function SecondFactorCard({ me }: { me: Me }) {
  const { t } = useTranslation('auth')
  const queryClient = useQueryClient()
  const [asking, setAsking] = useState<'setup' | 'drop' | null>(null)
  const finish = (isOn: boolean) => {
    const next: Me = { ...me, mfa_enabled: isOn }
    queryClient.setQueryData(meQuery.queryKey, () => next)
    setAsking(null)
    toast.done({ title: isOn ? t('account.mfa_enabled') : t('account.mfa_disabled') })
  }
  const drop = useMutation({ mutationFn: dropSecondFactor, onSuccess: () => finish(false), onSettled: () => setAsking(null) })
  return (
    <Card>
      <div className="flex flex-wrap items-center gap-2">
        <CardTitle>{t('account.mfa')}</CardTitle>
        <Badge tone={me.mfa_enabled ? 'good' : 'plain'}>{me.mfa_enabled ? t('account.mfa_on') : t('account.mfa_off')}</Badge>
      </div>
      <p className="mt-2 mb-4 text-sm text-ink-soft">{t('account.mfa_text')}</p>
      {drop.isError && <ProblemNotice error={drop.error} />}
      {me.mfa_enabled ? (
        <Button onClick={() => setAsking('drop')}>
          <ShieldOff aria-hidden />
          {t('account.mfa_disable')}
        </Button>
      ) : (
        <Button onClick={() => setAsking('setup')}>
          <ShieldCheck aria-hidden />
          {t('account.mfa_enable')}
        </Button>
      )}
      <Dialog isOpen={asking === 'setup'} onClose={() => setAsking(null)} title={t('account.mfa')}>
        <SecondFactorSetup onDone={() => finish(true)} />
      </Dialog>
      <ConfirmDialog
        isOpen={asking === 'drop'}
        title={t('account.mfa_disable_title')}
        description={t('account.mfa_disable_text')}
        action={t('account.mfa_disable')}
        isBusy={drop.isPending}
        onConfirm={() => drop.mutate()}
        onClose={() => setAsking(null)}
      />
    </Card>
  )
}
