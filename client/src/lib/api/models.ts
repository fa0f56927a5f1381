/**
 * The API's shapes by the names the client uses; the shapes themselves come from docs/openapi.json by way of
 * schema.ts. Written by hand here is only what the document leaves open.
 */
import type { components } from './schema'

type Schemas = components['schemas']

export type FormatOffer = Schemas['FormatOffer']
export type Format = FormatOffer['format']
/** What is chosen where nobody has chosen. */
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

/** `preview_url` is there when the API makes previews; the page is ready for them. */
export type Video = Schemas['Video'] & { preview_url?: string | null }

/** `captions` is always empty: subtitles are not carried over yet, so nothing here offers any. */
export type Stream = Schemas['Stream']

export type SingleGrant = Schemas['UploadGrantAnswer']
export type MultipartGrant = Schemas['StartedUpload']
export type UploadSummary = Schemas['UploadSummary']
export type StoredUpload = Schemas['UploadDetail']
export type StoredPart = Schemas['PartAnswer']
export type SignedPart = Schemas['SignedPartAnswer']
