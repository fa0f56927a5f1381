import { useCallback, useRef } from 'react'

const LANDMARKS = 'main, header, nav, footer, [role=dialog], [role=alertdialog]'

/**
 * Where a list or a menu is drawn: in the landmark or the dialog of what opens it. At the end of the body it
 * would belong to no part of the page, for those who move through a page by its parts (axe: region).
 */
export function useLandmark() {
  const container = useRef<HTMLElement | null>(null)
  const ref = useCallback((opener: HTMLElement | null) => {
    container.current = opener?.closest<HTMLElement>(LANDMARKS) ?? null
  }, [])
  return { ref, container }
}
