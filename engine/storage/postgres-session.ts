import { SET_UP_PLANS, SET_UP_SESSION } from './postgres-statements.ts'
import { type Backend, noteBackend } from './unanswered-sessions.ts'

/** Milliseconds for the server to run a statement. */
const STATEMENT = 10_000

/** Settings that the server reports when they change, and that are `on` when it takes no writes. PostgreSQL reports them from version 14 on. */
const READ_ONLY = ['in_hot_standby', 'default_transaction_read_only']

/** A session with the server. */
interface Session {
  query<R extends object>(
    text: string,
    values?: unknown[],
  ): Promise<{ readonly rows: readonly R[] }>
  /** Closes it. */
  end?(): Promise<void>
  on(event: 'error', listener: () => void): unknown
}

/** The backend, whether it takes no writes, and `synchronous_commit` of the server and of the session. */
interface Properties extends Backend {
  readonly readonly: string
  readonly found: string
  readonly made: string
}

/** The server takes no writes: it is a standby, or a demoted primary. */
export class TakesNoWrites extends Error {
  override readonly name = 'TakesNoWrites'
  override readonly message = 'the database server takes no writes'
}

/**
 * Sets up a session as the statements require. A session that does not answer in so many milliseconds is closed: it runs no statement of ours.
 * @returns the server's `synchronous_commit`, if it was raised
 * @throws {TakesNoWrites} as what a standby has may be out of date
 */
export async function setUpSession(
  client: Session,
  schema: string,
  silence: number,
): Promise<string | undefined> {
  const late = setTimeout(() => client.end?.().catch(() => undefined), silence)
  try {
    const { rows } = await client.query<Properties>(SET_UP_SESSION, [String(STATEMENT), schema])
    if (rows[0]) noteBackend(client, rows[0])
    await client.query(SET_UP_PLANS).catch(error => {
      // a server without this setting
      if (!(error instanceof Error && 'severity' in error)) throw error
    })
    if (rows[0]?.readonly === 'on') throw new TakesNoWrites()
    return rows[0]?.found === rows[0]?.made ? undefined : rows[0]?.found
  } finally {
    clearTimeout(late)
  }
}

/** Calls `demoted` when the server reports, together with an answer, that it takes no writes from now on. */
export function noteDemotion(client: object, demoted: () => void): void {
  // the driver's types do not have it
  const { connection } = client as { readonly connection?: Reporting }
  connection?.on('parameterStatus', ({ parameterName, parameterValue }) => {
    if (READ_ONLY.includes(parameterName) && parameterValue === 'on') demoted()
  })
}

/** The driver's connection, which passes on what the server reports. */
interface Reporting {
  on(
    event: 'parameterStatus',
    listener: (status: { readonly parameterName: string; readonly parameterValue: string }) => void,
  ): unknown
}
