import { Check, Circle } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { LIMITS } from '@/lib/api/vocabulary'
import { cn } from '@/lib/class-names'
import { findMetRules, RULES } from '../password-rules'

/** The password requirements, checked off while typing. */
export function PasswordRulesList({ password }: { password: string }) {
  const { t } = useTranslation('auth')
  const met = findMetRules(password)
  return (
    <div className="text-sm">
      <p className="text-ink-soft">{t('rules.title')}</p>
      <ul className="mt-1.5 grid gap-1 sm:grid-cols-2">
        {RULES.map((rule) => (
          <li key={rule} className={cn('flex items-center gap-2', met.has(rule) ? 'text-good' : 'text-ink-faint')}>
            {met.has(rule) ? <Check aria-hidden className="size-4" /> : <Circle aria-hidden className="size-4 p-0.5" />}
            {t(`rules.${rule}`, { count: LIMITS.passwordMinCharacters })}
            <span className="sr-only">({met.has(rule) ? t('rules.met') : t('rules.unmet')})</span>
          </li>
        ))}
      </ul>
    </div>
  )
}
