import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { MailsPage } from '@/features/admin/components/mails-page'

export function AdminMailsRoute() {
  const { t } = useTranslation('admin')
  return (
    <MailsPage
      back={
        <Link to="/admin" className="text-sm font-medium text-ember underline underline-offset-3 hover:text-ember-strong">
          {t('mails.back')}
        </Link>
      }
    />
  )
}
