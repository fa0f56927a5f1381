import { Download } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { CopyButton } from '@/components/copy-button'

/** Shown only once; codes that are not saved now are lost. */
export function RecoveryCodes({ codes, onSaved }: { codes: readonly string[]; onSaved: () => void }) {
  const { t } = useTranslation('auth')
  const text = codes.join('\n')
  const download = () => {
    const url = URL.createObjectURL(new Blob([`${text}\n`], { type: 'text/plain' }))
    const link = document.createElement('a')
    link.href = url
    link.download = t('account.recovery_file')
    link.click()
    URL.revokeObjectURL(url)
  }
  return (
    <div className="flex flex-col gap-4">
      <p className="text-sm text-ink-soft">{t('account.recovery_text')}</p>
      <ul aria-label={t('account.recovery')} className="grid grid-cols-1 gap-1 rounded-xl bg-sunken p-4 font-mono text-sm sm:grid-cols-2">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <CopyButton size="small" text={text} label={t('account.recovery_copy')} />
        <Button size="small" onClick={download}>
          <Download aria-hidden />
          {t('account.recovery_download')}
        </Button>
      </div>
      <Button look="primary" onClick={onSaved}>
        {t('account.recovery_saved')}
      </Button>
    </div>
  )
}
