import { ApiError } from '../api/errors.ts'
import type { Tx } from '../storage/transact.ts'
import { isInTime, type Token, tokens } from './tokens.ts'

export interface Holders {
  readonly now: Date
  /** Whether there is a mount with this id. */
  readonly isMounted: (id: string) => Promise<boolean>
}

/** The most ancestors of a token. Each request reads them all. */
const MAX_ANCESTORS = 64

/** @throws {ApiError} invalid, for a token with too many ancestors to have children */
export async function requireRoomBelow(tx: Tx, token: Token): Promise<void> {
  let above = 1
  for (let each: Token | undefined = token; each?.parent; above++) {
    if (above === MAX_ANCESTORS)
      throw new ApiError(
        'invalid',
        `the token has ${MAX_ANCESTORS} ancestors: create the new one as an orphan`,
      )
    each = await tokens.get(tx, each.parent)
  }
}

/**
 * Whether everything that a token depends on still exists: its ancestors, and the mounts of the auth methods that issued them. Revoking
 * these revokes the token through indexes, which may have been deleted from the storage; its own record is authenticated.
 */
export async function isHeld(tx: Tx, token: Token, { now, isMounted }: Holders): Promise<boolean> {
  for (let each: Token | undefined = token; each; ) {
    if (each.mount !== undefined && !(await isMounted(each.mount))) return false
    if (each.parent === undefined) return true
    const parent: Token | undefined = await tokens.get(tx, each.parent)
    each = parent && isInTime(parent, now) ? parent : undefined
  }
  return false
}
