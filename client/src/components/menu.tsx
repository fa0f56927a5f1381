import { Menu as BaseMenu } from '@base-ui/react/menu'
import type { ReactElement, ReactNode } from 'react'
import { cn } from '@/lib/class-names'
import { itemLook, popupLook } from './popup-look'
import { useLandmark } from './use-landmark'

/** A button that opens a list of actions. `trigger` is the button itself. */
export function Menu({ trigger, children, align = 'end' }: { trigger: ReactElement; children: ReactNode; align?: 'start' | 'end' }) {
  const { ref, container } = useLandmark()
  return (
    <BaseMenu.Root>
      <BaseMenu.Trigger ref={ref} render={trigger} />
      <BaseMenu.Portal container={container}>
        <BaseMenu.Positioner sideOffset={6} align={align} className="z-50">
          <BaseMenu.Popup className={cn(popupLook, 'min-w-48')}>{children}</BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  )
}

interface MenuItemProps {
  icon?: ReactNode
  children?: ReactNode
  onClick?: () => void
  isDangerous?: boolean
  isDisabled?: boolean
  /** A link instead of a button; `render` may bring its own content. */
  render?: ReactElement
}

export function MenuItem({ icon, children, onClick, isDangerous = false, isDisabled = false, render }: MenuItemProps) {
  return (
    <BaseMenu.Item render={render} onClick={onClick} disabled={isDisabled} className={cn(itemLook, isDangerous && 'text-bad')}>
      {icon}
      {children}
    </BaseMenu.Item>
  )
}

export function MenuLine() {
  return <BaseMenu.Separator className="mx-1 my-1 h-px bg-line" />
}

export function MenuChoices<T extends string>(props: {
  label: string
  value: T
  choices: readonly { value: T; label: string; icon?: ReactNode }[]
  onChoose: (value: T) => void
}) {
  return (
    <BaseMenu.Group>
      <BaseMenu.GroupLabel className="px-2.5 pt-2 pb-1 text-xs font-medium text-ink-faint">{props.label}</BaseMenu.GroupLabel>
      <BaseMenu.RadioGroup value={props.value} onValueChange={(next) => props.onChoose(next as T)}>
        {props.choices.map((choice) => (
          <BaseMenu.RadioItem key={choice.value} value={choice.value} closeOnClick className={cn(itemLook, 'data-checked:font-medium')}>
            {choice.icon}
            <span className="grow">{choice.label}</span>
            <BaseMenu.RadioItemIndicator className="size-1.5 rounded-full bg-ember forced-color-adjust-none forced-colors:bg-[Highlight]" />
          </BaseMenu.RadioItem>
        ))}
      </BaseMenu.RadioGroup>
    </BaseMenu.Group>
  )
}
