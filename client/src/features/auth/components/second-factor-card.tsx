import { useQueryClient } from '@tanstack/react-query'
import { KeyRound, ShieldCheck, ShieldOff } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Badge } from '@/components/badge'
import { Button } from '@/components/button'
import { Card, CardTitle } from '@/components/card'
import { Dialog } from '@/components/dialog'
import { meQuery, type Me } from '@/lib/session'
import { toast } from '@/lib/toast'
import { dropSecondFactor, renewRecoveryCodes } from '../api/second-factor'
import { ProofForm } from './proof-form'
import { RecoveryCodes } from './recovery-codes'
import { SecondFactorSetup } from './second-factor-setup'

export function SecondFactorCard({ me }: { me: Me }) {
  const { t } = useTranslation('auth')
  const queryClient = useQueryClient()
  const [asking, setAsking] = useState<'setup' | 'drop' | 'renew' | null>(null)
  const [made, setMade] = useState<{ codes: readonly string[]; isFirst: boolean } | null>(null)
  const note = (isOn: boolean, left: number) => {
    const next: Me = { ...me, mfa_enabled: isOn, recovery_codes_left: left }
    queryClient.setQueryData(meQuery.queryKey, () => next)
  }
  const show = (codes: readonly string[]) => {
    note(true, codes.length)
    setMade({ codes, isFirst: asking === 'setup' })
    setAsking(null)
  }
  const drop = () => {
    note(false, 0)
    setAsking(null)
    toast.done({ title: t('account.mfa_disabled') })
  }
  return (
    <Card>
      <div className="flex flex-wrap items-center gap-2">
        <CardTitle>{t('account.mfa')}</CardTitle>
        <Badge tone={me.mfa_enabled ? 'good' : 'plain'}>{me.mfa_enabled ? t('account.mfa_on') : t('account.mfa_off')}</Badge>
      </div>
      <p className="mt-2 mb-4 text-sm text-ink-soft">{t('account.mfa_text')}</p>
      {me.mfa_enabled && <p className="mb-4 text-sm">{t('account.recovery_left', { count: me.recovery_codes_left })}</p>}
      <div className="flex flex-wrap gap-2">
        {!me.mfa_enabled && (
          <Button onClick={() => setAsking('setup')}>
            <ShieldCheck aria-hidden />
            {t('account.mfa_enable')}
          </Button>
        )}
        {me.mfa_enabled && (
          <>
            <Button onClick={() => setAsking('renew')}>
              <KeyRound aria-hidden />
              {t('account.recovery_renew')}
            </Button>
            <Button onClick={() => setAsking('drop')}>
              <ShieldOff aria-hidden />
              {t('account.mfa_disable')}
            </Button>
          </>
        )}
      </div>
      <Dialog isOpen={asking === 'setup'} onClose={() => setAsking(null)} title={t('account.mfa')}>
        <SecondFactorSetup onDone={show} />
      </Dialog>
      <Dialog isOpen={asking === 'renew'} onClose={() => setAsking(null)} title={t('account.recovery_renew')} description={t('account.recovery_renew_text')}>
        <ProofForm look="primary" action={t('account.recovery_renew')} send={renewRecoveryCodes} onDone={(answer) => show(answer.recovery_codes)} />
      </Dialog>
      <Dialog isOpen={asking === 'drop'} onClose={() => setAsking(null)} title={t('account.mfa_disable_title')} description={t('account.mfa_disable_text')}>
        <ProofForm look="danger" action={t('account.mfa_disable')} send={dropSecondFactor} onDone={drop} />
      </Dialog>
      <Dialog isOpen={made !== null} onClose={() => setMade(null)} title={t('account.recovery')}>
        {/* Shown inline: on a phone a toast would cover the buttons. */}
        {made?.isFirst && (
          <p className="mb-3 flex items-center gap-2 text-sm font-medium text-good [&_svg]:size-5 [&_svg]:shrink-0">
            <ShieldCheck aria-hidden />
            {t('account.mfa_enabled')}
          </p>
        )}
        {made && <RecoveryCodes codes={made.codes} onSaved={() => setMade(null)} />}
      </Dialog>
    </Card>
  )
}
