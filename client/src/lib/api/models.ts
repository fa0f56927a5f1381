/**
 * The API's shapes under the names the client uses; the shapes come from docs/openapi.json through
 * schema.ts. Written by hand is only what the document leaves open.
 */
import type { components } from './schema'

type Schemas = components['schemas']

export type FormatOffer = Schemas['FormatOffer']
export type Format = FormatOffer['format']
/** The default selection. */
export const USUAL_FORMATS: readonly Format[] = ['1080p', '720p', '480p']
export type Visibility = Schemas['Video']['visibility']
export type VideoStatus = Schemas['Video']['status']
export type JobStatus = Schemas['JobView']['status']

export type Job = Schemas['JobView']
export type JobError = Schemas['JobError']
export type Me = Schemas['Me']
export type Mail = Schemas['MailAnswer']
export type Usage = Schemas['UsageAnswer']
export type Session = Schemas['SessionItem']
export type ChangeOutcome = Schemas['ChangeOutcome']

/** `preview_url` exists where the API makes previews; the page supports them. */
export type Video = Schemas['Video'] & { preview_url?: string | null }

/** `captions` is always empty: subtitles are not carried over yet, so the client offers none. */
export type Stream = Schemas['Stream']

export type SingleGrant = Schemas['UploadGrantAnswer']
export type MultipartGrant = Schemas['StartedUpload']
export type UploadSummary = Schemas['UploadSummary']
export type StoredUpload = Schemas['UploadDetail']
export type StoredPart = Schemas['PartAnswer']
export type SignedPart = Schemas['SignedPartAnswer']
