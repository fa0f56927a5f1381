/** The state of the in-memory API; each test starts with a fresh one. */
import type { Job, Mail, Session, UploadSummary, Usage, Video } from '@/lib/api/models'
import type { Me } from '@/lib/session'
import { makeMail, makeMe, makeSession, makeUsage } from './data'

export interface ApiState {
  me: Me | null
  /** Further accounts, by email. */
  people: Me[]
  /** Requires a second factor at sign-in. */
  hasSecondFactor: boolean
  /** Changes of the second factor require the password. */
  isSignInOld: boolean
  autoConfirm: boolean
  videos: Video[]
  jobs: Job[]
  sessions: Session[]
  usage: Usage
  uploads: UploadSummary[]
  /** Kept emails, for administrators. */
  mails: Mail[]
  /** When the playback links expire. */
  streamEndsAt: string
  streamsAsked: number
  /** Bodies of requests that change something, by route, for assertions. */
  sent: { route: string; body: unknown }[]
}

export function makeState(change: Partial<ApiState> = {}): ApiState {
  return {
    me: makeMe(),
    people: [],
    hasSecondFactor: false,
    isSignInOld: false,
    autoConfirm: true,
    videos: [],
    jobs: [],
    sessions: [makeSession(), makeSession({ id: 'other', is_current: false, user_agent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) Version/17.0 Safari/605.1.15' })],
    usage: makeUsage(),
    uploads: [],
    mails: [makeMail()],
    streamEndsAt: '2099-11-18T15:00:00Z',
    streamsAsked: 0,
    sent: [],
    ...change,
  }
}
