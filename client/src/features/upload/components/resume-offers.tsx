import { History } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { Card, CardTitle } from '@/components/card'
import { formatAgo, formatBytes } from '@/lib/format'
import { uploadApi } from '../api/upload-api'
import { indexedMemory } from '../engine/indexed-memory'
import type { RememberedUpload } from '../engine/ports'
import type { CollectedFile } from '../state/collect-files'
import { useUploadItems } from '../state/desk'

interface HandleWithPermission {
  requestPermission?: (wanted: { mode: 'read' }) => Promise<PermissionState>
}

async function openHandle(handle: FileSystemFileHandle): Promise<File | null> {
  const state = await (handle as FileSystemFileHandle & HandleWithPermission).requestPermission?.({ mode: 'read' })
  return state === 'denied' ? null : await handle.getFile().catch(() => null)
}

/** What broke off in an earlier visit. The engine finds the rest by itself once it has the file again. */
export function ResumeOffers({ onFiles, onChoose }: { onFiles: (files: CollectedFile[]) => void; onChoose: () => void }) {
  const { t, i18n } = useTranslation('upload')
  const [remembered, setRemembered] = useState<RememberedUpload[]>([])
  const items = useUploadItems()
  useEffect(() => {
    void indexedMemory.list().then(setRemembered)
  }, [items.length])
  const open = remembered.filter(({ filename, sizeBytes }) => !items.some((item) => item.filename === filename && item.upload.file.size === sizeBytes))
  if (!open.length) return null

  const goOn = async ({ handle }: RememberedUpload) => {
    const file = handle && (await openHandle(handle))
    if (file) onFiles([{ file, handle }])
    else onChoose()
  }
  const discard = async ({ fingerprint, uploadId }: RememberedUpload) => {
    setRemembered((all) => all.filter((other) => other.fingerprint !== fingerprint))
    await indexedMemory.forget(fingerprint)
    await uploadApi.abort(uploadId).catch(() => undefined)
  }
  return (
    <Card>
      <CardTitle className="flex items-center gap-2">
        <History aria-hidden className="size-4 text-ember" />
        {t('resume.title')}
      </CardTitle>
      <p className="mt-1 text-sm text-ink-soft">{t('resume.text')}</p>
      <ul className="mt-2 divide-y divide-line">
        {open.map((upload) => (
          <li key={upload.fingerprint} className="flex flex-wrap items-center gap-2 py-3 text-sm">
            <div className="min-w-0 grow basis-48">
              <p className="truncate font-medium">{upload.filename}</p>
              <p className="text-ink-faint">
                {formatBytes(upload.sizeBytes, i18n.language)} · {formatAgo(upload.savedAt, i18n.language)}
              </p>
            </div>
            <Button look="primary" size="small" onClick={() => void goOn(upload)}>
              {upload.handle ? t('resume.go_on') : t('resume.choose')}
            </Button>
            <Button look="ghost" size="small" onClick={() => void discard(upload)}>
              {t('resume.discard')}
            </Button>
          </li>
        ))}
      </ul>
    </Card>
  )
}
