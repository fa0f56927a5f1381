import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { AdminPage } from '@/features/admin/components/admin-page'

export function AdminRoute() {
  const { t } = useTranslation('admin')
  return (
    <AdminPage
      mailsLink={
        <Link to="/admin/mails" className="text-sm font-medium text-ember underline underline-offset-3 hover:text-ember-strong">
          {t('mails.link')}
        </Link>
      }
      jobLink={(id) => (
        <Link
          to="/jobs/$jobId"
          params={{ jobId: id }}
          aria-label={t('show_job', { id: id.slice(0, 8) })}
          className="font-mono text-xs text-ember underline underline-offset-3 hover:text-ember-strong"
        >
          {id.slice(0, 8)}
        </Link>
      )}
    />
  )
}
