import type { ReactNode } from 'react'
import { Card } from '@/components/card'

/** The layout of the pages before sign-in: a single card. */
export function AuthFrame({ title, text, children, footer }: { title: string; text?: ReactNode; children: ReactNode; footer?: ReactNode }) {
  return (
    <div className="mx-auto w-full max-w-md py-4 sm:py-12">
      <Card className="animate-rise sm:p-8">
        <h1 className="text-2xl font-semibold">{title}</h1>
        {text && <p className="mt-1.5 text-ink-soft">{text}</p>}
        <div className="mt-6">{children}</div>
      </Card>
      {footer && <p className="mt-6 text-center text-sm text-ink-soft">{footer}</p>}
    </div>
  )
}

export const linkLook = 'font-medium text-ember underline-offset-4 hover:underline'
