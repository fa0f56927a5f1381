/** The API's shapes, as they are on the wire (snake_case, times in ISO 8601). */

export type Format = '4K' | '1080p' | '720p' | '480p'
export type Visibility = 'public' | 'unlisted' | 'private'
export type VideoStatus = 'uploaded' | 'processing' | 'ready' | 'failed'
export type JobStatus = 'pending' | 'processing' | 'completed' | 'failed' | 'cancelled'

export interface User {
  id: string
  email: string
  groups: string[]
}

export interface Page<T> {
  items: T[]
  next_cursor: string | null
}

/** `format` is one of Format, or the short side of a small source (`360p`). */
export interface Rendition {
  format: string
  width: number
  height: number
  bitrate_bps: number
  size_bytes: number
}

export interface Video {
  id: string
  user_id: string
  title: string
  description: string
  tags: string[]
  original_filename: string
  content_type: string | null
  thumbnail_url: string | null
  /** Offered when the API makes hover previews. */
  preview_url?: string | null
  duration_seconds: number | null
  width: number | null
  height: number | null
  resolution: string | null
  video_codec: string | null
  audio_codec: string | null
  /** A fraction as text, such as 30000/1001. */
  frame_rate: string | null
  container: string | null
  file_size_bytes: number | null
  visibility: Visibility
  status: VideoStatus
  views: number
  renditions: Rendition[]
  created_at: string
  updated_at: string
  deleted_at: string | null
}

export interface JobError {
  code: string
  message: string
  retryable: boolean
  hint: string | null
}

export interface JobRendition {
  format: string
  width: number
  height: number
  bitrate_bps: number
  progress_percent: number
  status: string
}

export interface Job {
  id: string
  video_id: string
  user_id: string
  batch_id: string | null
  status: JobStatus
  /** queued, preparing, encoding, packaging, then as the status. */
  phase: string
  progress_percent: number
  /** Seconds of film encoded in one second; null until measured. */
  speed: number | null
  eta_seconds: number | null
  /** Jobs that go before this one while it is pending. */
  queue_position: number | null
  priority: number
  output_formats: string[]
  skipped: { format: string; reason: string }[]
  renditions: JobRendition[]
  warnings: { code: string; message: string }[]
  error: JobError | null
  attempts: number
  created_at: string
  started_at: string | null
  updated_at: string
  completed_at: string | null
}

export interface Caption {
  language: string
  label: string
  url: string
}

export interface Stream {
  hls_url: string
  renditions: (Rendition & { mp4_url: string })[]
  thumbnail_url: string | null
  storyboard_url: string | null
  captions: Caption[]
  expires_at: string
}

export interface Session {
  id: string
  user_agent: string
  address: string
  is_current: boolean
  created_at: string
  last_seen_at: string
  expires_at: string
}

export interface ChangeOutcome {
  id: string
  ok: boolean
  code?: string | null
}
