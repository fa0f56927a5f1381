/** The state behind the in-memory API; each test begins with a fresh one. */
import type { Job, Mail, Session, UploadSummary, Usage, Video } from '@/lib/api/models'
import type { Me } from '@/lib/session'
import { makeMail, makeMe, makeSession, makeUsage } from './data'

export interface ApiState {
  me: Me | null
  /** Who may sign in beside the first: others' accounts by their e-mail. */
  people: Me[]
  /** Asks for a second factor at sign-in. */
  hasSecondFactor: boolean
  /** Changes of the second factor want the password. */
  isSignInOld: boolean
  autoConfirm: boolean
  videos: Video[]
  jobs: Job[]
  sessions: Session[]
  usage: Usage
  uploads: UploadSummary[]
  /** Kept ones, for administrators. */
  mails: Mail[]
  /** When the links to play by end. */
  streamEndsAt: string
  streamsAsked: number
  /** Bodies of requests that change something, by route, for tests to look at. */
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
