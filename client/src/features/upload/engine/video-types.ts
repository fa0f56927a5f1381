/**
 * Which files are accepted before the first byte is sent. The server inspects the content later;
 * this only saves a wait.
 */
import { UPLOAD_TYPES } from '@/lib/api/vocabulary'

const TYPE_BY_EXTENSION: Record<string, string> = {
  mp4: 'video/mp4',
  m4v: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
  mkv: 'video/x-matroska',
  avi: 'video/x-msvideo',
  ts: 'video/mp2t',
  mts: 'video/mp2t',
  m2ts: 'video/mp2t',
  mpg: 'video/mpeg',
  mpeg: 'video/mpeg',
  flv: 'video/x-flv',
  wmv: 'video/x-ms-wmv',
  asf: 'video/x-ms-asf',
  ogv: 'video/ogg',
  '3gp': 'video/3gpp',
  '3g2': 'video/3gpp2',
  mxf: 'application/mxf',
  gif: 'image/gif',
  webp: 'image/webp',
  dv: 'video/dv',
  h264: 'video/h264',
  '264': 'video/h264',
  h265: 'video/h265',
  '265': 'video/h265',
  hevc: 'video/h265',
  h266: 'video/h266',
  '266': 'video/h266',
  vvc: 'video/h266',
  apv: 'video/apv',
}

export const ACCEPT = ['video/*', ...Object.keys(TYPE_BY_EXTENSION).map((extension) => `.${extension}`)].join(',')

/** The extension comes first: browsers report no type for many containers, and text for `.ts`. */
export function findVideoType(file: { name: string; type: string }): string {
  const extension = file.name.split('.').pop()?.toLowerCase() ?? ''
  return TYPE_BY_EXTENSION[extension] ?? file.type
}

export type Refusal = 'not_a_video' | 'empty' | 'too_large'

/** Why a file is rejected, null where it is accepted. */
export function findRefusal(file: File, maxBytes: number): Refusal | null {
  const type = findVideoType(file)
  if (!UPLOAD_TYPES.some((accepted) => (accepted === 'video/*' ? type.startsWith('video/') : type === accepted))) return 'not_a_video'
  if (file.size === 0) return 'empty'
  return file.size > maxBytes ? 'too_large' : null
}
