import { useCallback, useRef } from 'react'

const LANDMARKS = 'main, header, nav, footer, [role=dialog], [role=alertdialog]'

/**
 * Where a pop-up is rendered: inside the landmark or dialog of its trigger. At the end of the body
 * it would be outside every landmark, where people who navigate by landmarks miss it (axe: region).
 */
export function useLandmark() {
  const container = useRef<HTMLElement | null>(null)
  const ref = useCallback((opener: HTMLElement | null) => {
    container.current = opener?.closest<HTMLElement>(LANDMARKS) ?? null
  }, [])
  return { ref, container }
}
