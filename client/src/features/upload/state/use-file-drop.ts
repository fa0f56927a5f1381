import { useEffect, useRef, useState } from 'react'
import { collectFiles, type CollectedFile } from './collect-files'

/**
 * Handles files dropped anywhere on the page, or pasted. Returns whether something is being dragged
 * over it.
 */
export function useFileDrop(onFiles: (files: CollectedFile[]) => void): boolean {
  const [isOver, setOver] = useState(false)
  const take = useRef(onFiles)
  useEffect(() => {
    take.current = onFiles
  })
  useEffect(() => {
    const stop = new AbortController()
    const { signal } = stop
    // dragenter and dragleave also fire for every child; the depth shows when the page itself is
    // left.
    let depth = 0
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
    const enter = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      depth += 1
      setOver(true)
    }
    const leave = () => {
      depth = Math.max(0, depth - 1)
      if (depth === 0) setOver(false)
    }
    const drop = (event: DragEvent) => {
      depth = 0
      setOver(false)
      if (!event.dataTransfer || !hasFiles(event)) return
      event.preventDefault()
      void collectFiles(event.dataTransfer).then((files) => take.current(files))
    }
    const paste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])]
      if (files.length) take.current(files.map((file) => ({ file })))
    }
    window.addEventListener('dragenter', enter, { signal })
    window.addEventListener('dragover', (event) => hasFiles(event) && event.preventDefault(), { signal })
    window.addEventListener('dragleave', leave, { signal })
    window.addEventListener('drop', drop, { signal })
    window.addEventListener('paste', paste, { signal })
    return () => stop.abort()
  }, [])
  return isOver
}
