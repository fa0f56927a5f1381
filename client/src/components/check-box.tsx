import { Checkbox } from '@base-ui/react/checkbox'
import { Check, Minus } from 'lucide-react'
import type { ReactNode } from 'react'
import { cn } from '@/lib/class-names'

interface CheckBoxProps {
  isChecked: boolean | 'some'
  /** `isRange` is true when Shift was held. */
  onChange: (checked: boolean, isRange: boolean) => void
  label: ReactNode
  note?: ReactNode
  isDisabled?: boolean
  /** The label is only for screen readers. */
  isLabelHidden?: boolean
  className?: string
}

export function CheckBox({ isChecked, onChange, label, note, isDisabled = false, isLabelHidden = false, className }: CheckBoxProps) {
  return (
    // Base UI takes the label from the enclosing `<label>`.
     
    <label className={cn('inline-flex items-start gap-2.5 text-sm', isDisabled && 'text-ink-faint', className)}>
      <Checkbox.Root
        checked={isChecked === true}
        indeterminate={isChecked === 'some'}
        disabled={isDisabled}
        onCheckedChange={(checked, { event }) => onChange(checked, 'shiftKey' in event && event.shiftKey === true)}
        className="mt-0.5 grid size-5 shrink-0 place-items-center rounded-md border border-line-strong bg-surface data-checked:border-ember data-checked:bg-ember data-disabled:border-line data-disabled:bg-sunken data-indeterminate:border-ember data-indeterminate:bg-ember dark:bg-sunken"
      >
        <Checkbox.Indicator className="text-on-ember">
          {isChecked === 'some' ? <Minus aria-hidden className="size-3.5" /> : <Check aria-hidden className="size-3.5" strokeWidth={3} />}
        </Checkbox.Indicator>
      </Checkbox.Root>
      <span className={isLabelHidden ? 'sr-only' : 'min-w-0'}>
        {label}
        {note && <span className="block text-xs text-ink-faint">{note}</span>}
      </span>
    </label>
  )
}
