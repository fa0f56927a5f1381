import { Select } from '@base-ui/react/select'
import { Check, ChevronsUpDown } from 'lucide-react'
import { useId } from 'react'
import { cn } from '@/lib/class-names'
import { popupLook, itemLook } from './popup-look'
import { useLandmark } from './use-landmark'

export interface Choice<T extends string> {
  value: T
  label: string
}

interface SelectFieldProps<T extends string> {
  label: string
  value: T
  choices: readonly Choice<T>[]
  onChoose: (value: T) => void
  /** The label is only for screen readers. */
  isLabelHidden?: boolean
  className?: string
}

export function SelectField<T extends string>({ label, value, choices, onChoose, isLabelHidden, className }: SelectFieldProps<T>) {
  const id = useId()
  const { ref, container } = useLandmark()
  return (
    <div className={cn('flex flex-col gap-1.5', className)}>
      <span id={id} className={isLabelHidden ? 'sr-only' : 'text-sm font-medium'}>
        {label}
      </span>
      <Select.Root items={choices} value={value} onValueChange={(next) => next !== null && onChoose(next as T)}>
        <Select.Trigger
          ref={ref}
          aria-labelledby={id}
          className="flex h-11 items-center justify-between gap-2 rounded-lg border border-line-strong/60 bg-surface px-3 text-sm hover:border-line-strong sm:h-10 dark:bg-sunken"
        >
          <Select.Value className="truncate" />
          <Select.Icon>
            <ChevronsUpDown aria-hidden className="size-4 text-ink-faint" />
          </Select.Icon>
        </Select.Trigger>
        <Select.Portal container={container}>
          <Select.Positioner sideOffset={6} alignItemWithTrigger={false} className="z-50">
            <Select.Popup className={cn(popupLook, 'max-h-72 min-w-(--anchor-width) overflow-y-auto')}>
              {choices.map((choice) => (
                <Select.Item key={choice.value} value={choice.value} className={itemLook}>
                  <Select.ItemText className="grow">{choice.label}</Select.ItemText>
                  <Select.ItemIndicator>
                    <Check aria-hidden className="size-4 text-ember" />
                  </Select.ItemIndicator>
                </Select.Item>
              ))}
            </Select.Popup>
          </Select.Positioner>
        </Select.Portal>
      </Select.Root>
    </div>
  )
}
