/** The data of the in-memory API: a few users, videos and jobs, in the shapes of the real API. */
import type { Format, FormatOffer, Job, Mail, Session, UploadSummary, Usage, Video } from '@/lib/api/models'
import type { Me } from '@/lib/session'

export const PASSWORD = 'Correct-horse-7'
export const CODE = '123456'
/** As many as the API generates. */
export const RECOVERY_CODES: readonly string[] = [
  '0A1B-2C3D-4E5F',
  '6G7H-8J9K-0MNP',
  'Q2R3-S4T5-V6W7',
  'X8Y9-Z0A1-B2C3',
  'D4E5-F6G7-H8J9',
  'K0M1-N2P3-Q4R5',
  'S6T7-V8W9-X0Y1',
  'Z2A3-B4C5-D6E7',
  'F8G9-H0J1-K2M3',
  'N4P5-Q6R7-S8T9',
]

const BASE_TIME = Date.parse('2026-11-18T09:00:00Z')

/** UUIDs like those of the API, and the same on every run. */
export function makeId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
}

export function makeMe(change: Partial<Me> = {}): Me {
  return { id: makeId(1), email: 'ada@example.com', groups: ['user'], mfa_enabled: false, recovery_codes_left: 0, ...change }
}

export function makeOffers(...rows: [Format, number, number][]): FormatOffer[] {
  return rows.map(([format, width, height]) => ({ format, rendition: format, width, height }))
}

export function makeVideo(number: number, change: Partial<Video> = {}): Video {
  const made_at = new Date(BASE_TIME - number * 7_200_000).toISOString()
  return {
    id: makeId(1000 + number),
    user_id: makeId(1),
    title: `Film ${number}`,
    description: '',
    tags: [],
    s3_key: null,
    original_filename: `film-${number}.mp4`,
    content_type: 'video/mp4',
    thumbnail_url: null,
    duration_seconds: 60 + number * 17,
    width: 1920,
    height: 1080,
    available_formats: makeOffers(['1080p', 1920, 1080], ['720p', 1280, 720], ['480p', 854, 480]),
    resolution: '1920x1080',
    video_codec: 'h264',
    audio_codec: 'aac',
    frame_rate: '30000/1001',
    container: 'mov,mp4',
    file_size_bytes: 48_000_000 + number * 1_300_000,
    visibility: 'public',
    status: 'ready',
    views: number * 37,
    renditions: [
      { format: '480p', width: 854, height: 480, bitrate_bps: 800_000, size_bytes: 6_000_000 },
      { format: '720p', width: 1280, height: 720, bitrate_bps: 1_700_000, size_bytes: 13_000_000 },
      { format: '1080p', width: 1920, height: 1080, bitrate_bps: 3_600_000, size_bytes: 27_000_000 },
    ],
    created_at: made_at,
    updated_at: made_at,
    deleted_at: null,
    playable_seconds: change.renditions?.length === 0 ? 0 : 60 + number * 17,
    ...change,
  }
}

export function makeJob(change: Partial<Job> = {}): Job {
  const rendition = (format: string, width: number, height: number, bitrate_bps: number, progress_percent: number) => ({
    format,
    width,
    height,
    bitrate_bps,
    progress_percent,
    status: 'encoding',
  })
  return {
    id: makeId(500),
    video_id: makeId(1001),
    user_id: makeId(1),
    batch_id: null,
    status: 'processing',
    phase: 'encoding',
    waiting_for: null,
    progress_percent: 43,
    speed: 2.4,
    eta_seconds: 118,
    eta_range_seconds: [100, 190],
    processors: 2,
    playable_seconds: 0,
    queue_position: null,
    priority: 0,
    configuration: { rate_control: 'quality', frame_rate: '30000/1001', duration_seconds: 77, chunk_count: 3, deinterlace: false, tone_map: null },
    metrics: { queue_seconds: 5, download_seconds: null, encode_seconds: null, upload_seconds: null, cpu_seconds: null, read_bytes: null },
    output_formats: ['4K', '1080p', '720p', '480p'],
    skipped: [{ format: '4K', reason: 'The source is 1920×1080; 4K would only enlarge it.', code: 'above_source' }],
    renditions: [
      rendition('480p', 854, 480, 1_000_000, 46),
      rendition('720p', 1280, 720, 2_000_000, 44),
      rendition('1080p', 1920, 1080, 4_000_000, 41),
    ],
    warnings: [],
    error: null,
    attempts: 1,
    created_at: '2026-11-18T09:00:00Z',
    started_at: '2026-11-18T09:00:05Z',
    updated_at: '2026-11-18T09:01:00Z',
    completed_at: null,
    ...change,
  }
}

export function makeSession(change: Partial<Session> = {}): Session {
  return {
    id: makeId(900),
    user_agent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36',
    address: '192.0.2.7',
    is_current: true,
    created_at: '2026-11-17T08:00:00Z',
    last_seen_at: '2026-11-18T08:59:00Z',
    expires_at: '2026-12-17T08:00:00Z',
    ...change,
  }
}

export function makeUsage(change: Partial<Usage> = {}): Usage {
  return {
    stored_bytes: { used: 950_000_000, limit: 1_000_000_000 },
    unconfirmed_bytes: { used: 0, limit: 200_000_000_000 },
    open_uploads: { used: 3, limit: 20 },
    unfinished_jobs: { used: 1, limit: null },
    event_streams: { used: null, limit: 20 },
    ...change,
  }
}

export function makeUploadSummary(change: Partial<UploadSummary> = {}): UploadSummary {
  return {
    id: makeId(800),
    s3_key: 'users/u/source.mp4',
    filename: 'harbour-at-dawn.mov',
    content_type: 'video/quicktime',
    size_bytes: 1_480_000_000,
    fingerprint: 'a-b-c-d',
    method: 'multipart',
    status: 'open',
    part_size_bytes: 8_388_608,
    part_count: 177,
    video_id: null,
    created_at: '2026-11-18T08:20:00Z',
    expires_at: '2026-11-19T08:20:00Z',
    ...change,
  }
}

export function makeMail(): Mail {
  return { id: 'mail-1', to: ['ann@example.org'], sender: 'no-reply@example.org', subject: 'A code for you', received_at: '2026-11-18T09:00:00Z' }
}
