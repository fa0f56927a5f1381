import { useTranslation } from 'react-i18next'
import { Dialog } from '@/components/dialog'

const KEYS = [
  [['Space', 'K'], 'play'],
  [['J', 'L'], 'seek10'],
  [['←', '→'], 'seek5'],
  [['↑', '↓'], 'volume'],
  [['M'], 'mute'],
  [['F'], 'fullscreen'],
  [['<', '>'], 'speed'],
  [['0', '9'], 'jump'],
  [['?'], 'help'],
] as const

export function KeysHelp({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation('player')
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={t('keys.title')}>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-5 gap-y-2.5 text-sm">
        {KEYS.map(([keys, name]) => (
          <div key={name} className="contents">
            <dt className="flex gap-1">
              {keys.map((key) => (
                <kbd key={key} className="min-w-7 rounded-md border border-line bg-sunken px-1.5 py-0.5 text-center font-sans text-xs">
                  {key}
                </kbd>
              ))}
            </dt>
            <dd className="text-ink-soft">{t(`keys.${name}`)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
