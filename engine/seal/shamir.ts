import { combine, split } from 'shamir-secret-sharing'
import { Invalid } from '../../shared/invalid.ts'

/** Into how many shares a key is divided, and how many of them give it back. */
export interface Quorum {
  readonly shares: number
  readonly threshold: number
}

/** @throws {Invalid} in the words of the contract §4.2 */
export function checkQuorum({ shares, threshold }: Quorum): void {
  if (shares < 1) throw new Invalid('shares must be at least one')
  if (threshold < 1) throw new Invalid('threshold must be at least one')
  if (shares > 1 && threshold === 1)
    throw new Invalid('threshold must be greater than one for multiple shares')
  if (shares > 255) throw new Invalid('shares must be less than 256')
  if (threshold > shares) throw new Invalid('threshold cannot be larger than shares')
}

/** Divides a key as Vault does: each share is as long as the key, and a byte longer for its place. A single share is the key itself. */
export async function splitKey(
  key: Uint8Array,
  { shares, threshold }: Quorum,
): Promise<readonly Buffer[]> {
  if (shares === 1) return [Buffer.from(key)]
  const parts = await split(Uint8Array.from(key), shares, threshold)
  return parts.map(part => Buffer.from(part))
}

/**
 * What the shares give when they are put together: the key, if they are shares of one key and enough of them. Nothing here can tell.
 * @throws {Invalid} if they cannot be shares of one key
 */
export async function combineShares(shares: readonly Uint8Array[]): Promise<Buffer> {
  const [only] = shares
  if (only && shares.length === 1) return Buffer.from(only)
  try {
    return Buffer.from(await combine(shares.map(share => Uint8Array.from(share))))
  } catch (cause) {
    throw new Invalid('these are not shares of one key', { cause })
  }
}

/** With a higher threshold it would take too long to work out all shares. */
const MOST = 16

/**
 * All shares there can be of the key that these are shares of, if they are just enough: two of the same place would not fit each other.
 * None where that would take too long.
 */
export async function everyShare(
  shares: readonly Uint8Array[],
): Promise<readonly Buffer[] | undefined> {
  if (shares.length === 1) return shares.map(share => Buffer.from(share))
  if (shares.length > MOST) return undefined
  const all: Buffer[] = []
  for (let place = 1; place <= 255; place++) all.push(await shareAt(place, shares))
  return all
}

/** Places are added without carry, so moving them all by one place has that one take the place of the key. */
async function shareAt(place: number, shares: readonly Uint8Array[]): Promise<Buffer> {
  const known = shares.find(share => share.at(-1) === place)
  if (known) return Buffer.from(known)
  const moved = shares.map(share => {
    const copy = Uint8Array.from(share)
    copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ place
    return copy
  })
  return Buffer.concat([await combineShares(moved), Buffer.of(place)])
}
