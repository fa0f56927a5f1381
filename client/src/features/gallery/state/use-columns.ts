import { useLayoutEffect, useState, type RefObject } from 'react'

const NARROWEST_REM = 15.625
const GAP_PX = 20

export interface GridSize {
  columns: number
  columnWidth: number
  /** The user's font size, which may be larger than the default. */
  remPx: number
  /** Where the grid starts on the page, for the virtual list. */
  top: number
}

/** How many cards fit in a row; follows the window size. */
export function useColumns(ref: RefObject<HTMLElement | null>): GridSize {
  const [size, setSize] = useState<GridSize>({ columns: 1, columnWidth: 320, remPx: 16, top: 0 })
  useLayoutEffect(() => {
    const element = ref.current
    if (!element) return
    const measure = () => {
      const width = element.clientWidth || 320
      const remPx = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16
      const columns = Math.max(1, Math.floor((width + GAP_PX) / (NARROWEST_REM * remPx + GAP_PX)))
      const columnWidth = (width - GAP_PX * (columns - 1)) / columns
      const top = element.getBoundingClientRect().top + window.scrollY
      const next = { columns, columnWidth, remPx, top }
      setSize((known) => (JSON.stringify(known) === JSON.stringify(next) ? known : next))
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [ref])
  return size
}
