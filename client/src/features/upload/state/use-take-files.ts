import { useTranslation } from 'react-i18next'
import { getConfig } from '@/lib/config'
import { useMe } from '@/lib/session'
import { toast } from '@/lib/toast'
import { findRefusal } from '../engine/video-types'
import type { CollectedFile } from './collect-files'
import { uploadStore } from './uploads'

/** Adds files to the uploads, and reports which are rejected and why, before any byte is sent. */
export function useTakeFiles(): (files: readonly CollectedFile[]) => void {
  const { t } = useTranslation('upload')
  const me = useMe()
  return (files) => {
    if (!me) return
    for (const { file, handle } of files) {
      // Folders contain hidden files of the operating system.
      if (file.name.startsWith('.')) continue
      const refusal = uploadStore.has(file) ? 'already' : findRefusal(file, getConfig().max_upload_bytes)
      if (refusal) toast.error({ title: t('refused.title', { name: file.name }), description: t(`refused.${refusal}`) })
      else uploadStore.add(file, { ownerId: me.id, handle })
    }
  }
}
