import { mergeProps } from '@base-ui/react/merge-props'
import { useRender } from '@base-ui/react/use-render'
import { LoaderCircle } from 'lucide-react'
import { cn } from '@/lib/class-names'

const LOOKS = {
  primary: 'border border-transparent bg-ember text-on-ember hover:bg-ember-strong shadow-sm font-medium',
  secondary: 'border border-line bg-surface text-ink hover:bg-sunken dark:bg-raised dark:hover:bg-line',
  ghost: 'text-ink-soft hover:bg-sunken hover:text-ink dark:hover:bg-raised',
  danger: 'border border-transparent bg-bad-soft text-bad hover:brightness-95 dark:hover:brightness-125 font-medium',
} as const

const SIZES = {
  small: 'h-8 gap-1.5 px-2.5 text-sm',
  normal: 'h-10 gap-2 px-4 text-sm',
  large: 'h-12 gap-2 px-6 text-base',
  icon: 'size-10 justify-center',
  'icon-small': 'size-8 justify-center',
} as const

export interface ButtonProps extends useRender.ComponentProps<'button'> {
  look?: keyof typeof LOOKS
  size?: keyof typeof SIZES
  /** Shows a spinner and ignores clicks. The label stays, so the layout does not shift. */
  isBusy?: boolean
}

/** A button, or with `render={<Link … />}` a link that looks like one. */
export function Button({ look = 'secondary', size = 'normal', isBusy = false, className, render, children, ...rest }: ButtonProps) {
  const own: React.ComponentProps<'button'> = {
    className: cn(
      'inline-flex shrink-0 items-center justify-center rounded-lg whitespace-nowrap transition-colors select-none',
      'disabled:cursor-not-allowed disabled:opacity-50 aria-busy:cursor-progress [&_svg]:size-4 [&_svg]:shrink-0',
      LOOKS[look],
      SIZES[size],
      className as string | undefined,
    ),
    children: (
      <>
        {isBusy && <LoaderCircle aria-hidden className="animate-spin" />}
        {children}
      </>
    ),
  }
  if (!render) own.type = 'button'
  if (isBusy) Object.assign(own, { 'aria-busy': true, disabled: true })
  return useRender({ defaultTagName: 'button', render, props: mergeProps<'button'>(own, rest) })
}
