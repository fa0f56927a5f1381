/**
 * What the browser can tell about a file before it is uploaded; null where it cannot play that
 * type.
 */
const PATIENCE_MS = 6000

export interface SourceSize {
  width: number
  height: number
}

export function probeSource(file: File): Promise<SourceSize | null> {
  return new Promise((resolve) => {
    const url = URL.createObjectURL(file)
    const video = document.createElement('video')
    const finish = (size: SourceSize | null) => {
      clearTimeout(timer)
      video.removeAttribute('src')
      URL.revokeObjectURL(url)
      resolve(size)
    }
    const timer = setTimeout(() => finish(null), PATIENCE_MS)
    video.preload = 'metadata'
    video.muted = true
    video.onloadedmetadata = () => finish(video.videoWidth ? { width: video.videoWidth, height: video.videoHeight } : null)
    video.onerror = () => finish(null)
    video.src = url
  })
}
