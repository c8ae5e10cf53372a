import { randomUUID } from 'node:crypto'
import { parseDuration } from '../../../shared/duration.ts'
import { ApiError } from '../../api/errors.ts'
import { parseAs } from '../../api/invalid-as.ts'
import type { Core } from '../../core/core.ts'
import type { Mount } from '../../core/mount.ts'
import type { Tx } from '../../storage/transact.ts'

const MOUNTING = 'core/mounting'

const PROTECTED = ['audit/', 'auth/', 'cubbyhole/', 'identity/', 'sys/']

interface NewMountPath {
  readonly at: string
  readonly kind: 'mounts' | 'auth'
  /** The error, given the path of the conflicting mount. */
  readonly inUse?: (path: string) => string
}

/** Auth methods are named without the prefix `auth/`. */
const enabledAt = (path: string) => `path is already in use at ${path.replace(/^auth\//, '')}`

/**
 * Checks that nothing is mounted at, above or below a path; the commit fails if that changes meanwhile.
 * @throws {ApiError} invalid
 */
export async function requireFree(
  { mounts }: Core,
  tx: Tx,
  { at, kind, inUse = enabledAt }: NewMountPath,
): Promise<void> {
  await mountAlone(tx)
  if (kind === 'mounts' && PROTECTED.some(each => at.startsWith(each)))
    throw new ApiError('invalid', `cannot mount "${at}"`)
  const mounted = await mounts.stored(tx)
  const taken = mounted.find(({ path: other }) => other.startsWith(at) || at.startsWith(other))
  if (!taken) return
  throw new ApiError('invalid', inUse(taken.path))
}

/** Makes transactions that mount something conflict: of two at once, the second runs again and sees the first. */
export async function mountAlone(tx: Tx): Promise<void> {
  await tx.get(MOUNTING)
  tx.put(MOUNTING, Buffer.from(randomUUID()))
}

/** Seconds of a lease TTL as clients send it: a duration, nothing, or "system". @throws {ApiError} invalid */
export function leaseTtl(which: 'default' | 'max', raw: unknown): number {
  if (raw === undefined || raw === null || raw === 'system') return 0
  return spanOf(`${which} TTL`, typeof raw === 'object' ? JSON.stringify(raw) : String(raw))
}

/** Seconds of a duration. @throws {ApiError} invalid */
export function spanOf(what: string, text: string): number {
  return parseAs(`unable to parse ${what} of ${text}: `, () => parseDuration(text))
}

/** @throws {ApiError} invalid, for a default that is longer than the maximum */
export function requireOrder({ defaultTtl, maxTtl }: Mount): void {
  if (maxTtl !== 0 && defaultTtl > maxTtl)
    throw new ApiError('invalid', 'given default lease TTL greater than given max lease TTL')
}

const UNTUNABLE = ['cubbyhole/', 'identity/', 'sys/']

/** Of a built-in mount, only the audit keys can be tuned. @throws {ApiError} invalid, for any other setting */
export function requireTunable(
  { path: at }: Mount,
  given: Readonly<Record<string, unknown>>,
): void {
  if (!UNTUNABLE.includes(at)) return
  const wrong = Object.keys(given).find(
    key => given[key] !== undefined && key !== 'path' && !key.startsWith('audit_non_hmac_'),
  )
  if (wrong) throw new ApiError('invalid', `cannot tune parameter ${wrong} of ${at}`)
}
