import { combine, split } from 'shamir-secret-sharing'
import { Invalid } from '../../shared/invalid.ts'

/** The number of shares of a key, and the threshold to combine it. */
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

/** Splits a key as Vault does: each share is one byte longer than the key, for its x coordinate. A single share is the key itself. */
export async function splitKey(
  key: Uint8Array,
  { shares, threshold }: Quorum,
): Promise<readonly Buffer[]> {
  if (shares === 1) return [Buffer.from(key)]
  const parts = await split(Uint8Array.from(key), shares, threshold)
  return parts.map(part => Buffer.from(part))
}

/**
 * Combines shares. The result is the key if they are enough shares of one key, which cannot be verified here.
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

/** With a higher threshold it would take too long to compute all shares. */
const MOST = 16

/**
 * All possible shares of the key of these shares, which must be exactly as many as the threshold. None if that would take too long.
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

/** In GF(2^8) addition is XOR: shifting all coordinates by `place` moves that share to 0, the place of the key. */
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
