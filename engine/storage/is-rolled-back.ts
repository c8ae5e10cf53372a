import { COMPLETION_UNKNOWN, isWithoutEffect } from './postgres-errors.ts'
import { codeOf } from './postgres-server.ts'

/** Whether a statement that failed had no effect. Errors after which the session goes on have rolled it back; others may come after the commit. */
export async function isRolledBack(
  session: { query(text: string): Promise<unknown> },
  error: unknown,
): Promise<boolean> {
  const code = codeOf(error)
  if (code === undefined || code === COMPLETION_UNKNOWN) return false
  if (isWithoutEffect(code)) return true
  return session.query('select').then(
    () => true,
    () => false,
  )
}
