import { useTranslation } from 'react-i18next'
import { PageHeader } from '@/components/page-header'
import { DisplayCard } from '@/features/auth/components/display-card'
import { PasswordCard } from '@/features/auth/components/password-card'
import { SecondFactorCard } from '@/features/auth/components/second-factor-card'
import { SessionsCard } from '@/features/auth/components/sessions-card'
import { UsageCard } from '@/features/auth/components/usage-card'
import { useMe } from '@/lib/session'
import { usePageTitle } from '@/lib/use-page-title'

export function AccountRoute() {
  const { t } = useTranslation('auth')
  const me = useMe()
  usePageTitle(t('account.title'))
  if (!me) return null
  return (
    <>
      <PageHeader title={t('account.title')} description={me.email} />
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <div className="flex flex-col gap-6">
          <SecondFactorCard me={me} />
          <PasswordCard email={me.email} />
        </div>
        <div className="flex flex-col gap-6">
          <UsageCard />
          <SessionsCard />
          <DisplayCard />
        </div>
      </div>
    </>
  )
}
