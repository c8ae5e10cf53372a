import type { Secret } from '../../shared/secret.ts'
import type { FoundOutcome } from './commit-outcomes.ts'

/** How to reach the database. */
export interface Database {
  /** `postgresql://user:password@host/database?sslmode=verify-full&sslrootcert=…`, with one host or several: {@link databaseUrls} */
  readonly url: Secret
  /** The most connections to each server. */
  readonly connections: number
  /** The schema with the tables. */
  readonly schema: string
  /** Milliseconds to wait for a result; 12 s unless set. */
  readonly silence?: number
  /** Whether a command opens it, and not an engine. */
  readonly isCommand?: boolean
  /** Called once with the server's `synchronous_commit` if that does not make commits durable; "on" is then used instead. */
  readonly raised?: (found: string) => void
  /** Called with what became of a commit whose answer did not come, once that is looked up. */
  readonly lookedUp?: (found: FoundOutcome) => void
}
