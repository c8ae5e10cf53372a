import { ApiError } from '../api/errors.ts'
import type { Tx } from '../storage/transact.ts'
import { isInTime, type Token, tokens } from './tokens.ts'

export interface Holders {
  readonly now: Date
  /** Whether there is a mount of that id. */
  readonly isMounted: (id: string) => Promise<boolean>
}

/** Tokens above one: each request reads them all. */
const DEEPEST = 64

/** @throws {ApiError} invalid for a token that may make no other, as there are too many above it */
export async function requireRoomBelow(tx: Tx, token: Token): Promise<void> {
  let above = 1
  for (let each: Token | undefined = token; each?.parent; above++) {
    if (above === DEEPEST)
      throw new ApiError(
        'invalid',
        `there are ${DEEPEST} tokens between this one and the first: make the new one an orphan`,
      )
    each = await tokens.get(tx, each.parent)
  }
}

/**
 * Whether all is there that a token goes with: the token that made it, and the one that made that, and the mounts of the auth methods that
 * gave them. The indexes by which their end reaches it may have been deleted from the storage; what its own record says cannot be changed.
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
