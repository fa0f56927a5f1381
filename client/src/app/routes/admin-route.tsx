import { AdminPage } from '@/features/admin/components/admin-page'

export function AdminRoute() {
  // A job's own page shows the caller's jobs alone, so others' are named and not linked.
  return <AdminPage jobLink={(id) => <code className="font-mono text-xs">{id.slice(0, 8)}</code>} />
}
