import { History } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { Card, CardTitle } from '@/components/card'
import { formatAgo, formatBytes } from '@/lib/format'
import type { CollectedFile } from '../state/collect-files'
import { useOpenUploads, type OfferedUpload } from '../state/use-open-uploads'

interface HandleWithPermission {
  requestPermission?: (wanted: { mode: 'read' }) => Promise<PermissionState>
}

async function openHandle(handle: FileSystemFileHandle): Promise<File | null> {
  const state = await (handle as FileSystemFileHandle & HandleWithPermission).requestPermission?.({ mode: 'read' })
  return state === 'denied' ? null : await handle.getFile().catch(() => null)
}

/**
 * Interrupted uploads, from this browser or another one. Once the engine has the file, it finds out
 * by itself what is missing.
 */
export function ResumeOffers({ onFiles, onChoose }: { onFiles: (files: CollectedFile[]) => void; onChoose: () => void }) {
  const { t, i18n } = useTranslation('upload')
  const { uploads, discard } = useOpenUploads()
  if (!uploads.length) return null

  const resume = async ({ handle }: OfferedUpload) => {
    const file = handle && (await openHandle(handle))
    if (file) onFiles([{ file, handle }])
    else onChoose()
  }
  return (
    <Card>
      <CardTitle className="flex items-center gap-2">
        <History aria-hidden className="size-4 text-ember" />
        {t('resume.title')}
      </CardTitle>
      <p className="mt-1 text-sm text-ink-soft">{t('resume.text')}</p>
      <ul className="mt-2 divide-y divide-line">
        {uploads.map((upload) => (
          <li key={upload.id} className="flex flex-wrap items-center gap-2 py-3 text-sm">
            <div className="min-w-0 grow basis-48">
              <p id={`resume-${upload.id}`} className="truncate font-medium">{upload.filename}</p>
              <p className="text-ink-faint">
                {formatBytes(upload.size_bytes, i18n.language)} · {formatAgo(upload.created_at, i18n.language)}
              </p>
            </div>
            <Button look="primary" size="small" aria-describedby={`resume-${upload.id}`} onClick={() => void resume(upload)}>
              {upload.handle ? t('resume.go_on') : t('resume.choose')}
            </Button>
            <Button look="ghost" size="small" aria-describedby={`resume-${upload.id}`} onClick={() => discard(upload)}>
              {t('resume.discard')}
            </Button>
          </li>
        ))}
      </ul>
    </Card>
  )
}
