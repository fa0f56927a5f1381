/** The shared style of menus, lists and other pop-ups. */
export const popupLook =
  'rounded-xl border border-line bg-raised p-1 text-sm text-ink shadow-card outline-none ' +
  'transition-[opacity,transform] duration-100 data-starting-style:opacity-0 data-starting-style:scale-98 data-ending-style:opacity-0'

export const itemLook =
  'flex min-h-9 w-full cursor-default items-center gap-2.5 rounded-lg px-2.5 py-1.5 outline-none select-none ' +
  'data-highlighted:bg-sunken dark:data-highlighted:bg-line data-disabled:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0'
