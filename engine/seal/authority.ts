import { Invalid } from '../../shared/invalid.ts'
import { ApiError } from '../api/errors.ts'
import { Tampered } from '../storage/aead.ts'
import type { Barrier } from '../storage/barrier.ts'
import { type Tx, transact } from '../storage/transact.ts'
import type { Ceremony } from './ceremony.ts'
import { hashFits, hashOf } from './hash-of.ts'
import { endPrevious, type NewKey, replaceKey } from './replace-key.ts'
import {
  recordOf,
  recovery,
  type SealType,
  sealRecord,
  unwrapRootKey,
  type Which,
} from './seal-record.ts'
import { everyShare, type Quorum } from './shamir.ts'
import { putShareHashes, shareHashes } from './share-hashes.ts'

/**
 * The holders of shares of the unseal key, or of the recovery key of a server with auto-unseal. A quorum of them may do what not even a
 * root token allows.
 */
export class Authority {
  readonly #barrier: Barrier
  readonly #type: SealType

  constructor(barrier: Barrier, type: SealType) {
    this.#barrier = barrier
    this.#type = type
  }

  /** Which of their keys `secret` is; undefined if it is neither. */
  async proves(secret: Buffer): Promise<Which | undefined> {
    for (const which of ['current', 'previous'] as const)
      if (await this.#is(secret, which)) return which
    return undefined
  }

  /** The number of shares, and the threshold. */
  async quorum(): Promise<Quorum> {
    const { shares, threshold } = (await transact(this.#barrier, sealRecord)) ?? {
      shares: 0,
      threshold: 0,
    }
    return { shares, threshold }
  }

  /** Whether the previous key is still valid, because no share of the new one has been presented. */
  async hasPrevious(): Promise<boolean> {
    return (await transact(this.#barrier, sealRecord))?.previous !== undefined
  }

  /**
   * Takes a share of their key. Returns the key once there are enough.
   * @param good called if the share is known to be one of the key
   * @throws {ApiError} invalid, for a share that is known to be wrong; and if the shares together do not make the key, after which all of them
   * must be entered again
   */
  async addShare(
    ceremony: Ceremony,
    share: Buffer,
    good: () => void = () => undefined,
  ): Promise<Buffer | undefined> {
    const { which, threshold, isKnown } = await transact(this.#barrier, tx => keyOf(tx, share))
    if (isKnown) good()
    ceremony.requireSame(which)
    const made = await ceremony.add(share, threshold).catch(error => {
      throw error instanceof Invalid ? invalidKey(error) : error
    })
    if (!made) return undefined
    using _ = made
    const proved = await this.proves(made.secret)
    if (proved === undefined) {
      made.secret.fill(0)
      throw invalidKey()
    }
    await this.shown(made.secret, made.shares)
    return made.secret
  }

  /**
   * Records that a quorum has presented their key: the previous key is no longer valid. Stores the hashes of the shares, if they are not
   * known yet. Does not reject: after a failure, the next quorum does it.
   */
  async shown(secret: Buffer, shares: readonly Buffer[]): Promise<void> {
    try {
      if (!(await this.#is(secret, 'current'))) return
      if (await this.hasPrevious()) await transact(this.#barrier, endPrevious)
      if (await transact(this.#barrier, tx => shareHashes(tx))) return
      const all = await everyShare(shares)
      await transact(this.#barrier, async tx => {
        if (all && !(await shareHashes(tx))) await putShareHashes(tx, all.map(hashOf))
      })
      for (const share of all ?? []) share.fill(0)
    } catch {
      // the storage may be away
    }
  }

  /**
   * Replaces their key, which is `secret`, in one commit. Doing it twice is not an error.
   * @throws {ApiError} invalid, if `secret` is not their key
   */
  async replace(secret: Buffer, fresh: NewKey): Promise<void> {
    if (await this.#is(fresh.key, 'current')) return
    const which = await this.proves(secret)
    if (!which) throw invalidKey()
    await transact(this.#barrier, async tx => {
      if (!(await this.#is(secret, which))) throw invalidKey()
      await replaceKey(tx, { secret, which }, fresh)
    })
  }

  async #is(secret: Buffer, which: Which): Promise<boolean> {
    if (this.#type === 'file') {
      const found = await transact(this.#barrier, recovery)
      const known = which === 'current' ? found : found?.previous
      return known !== undefined && hashFits(secret, known.hash)
    }
    const record = await transact(this.#barrier, sealRecord)
    if (!record) return false
    try {
      // a program with write access to the store could have put there another root key, wrapped with its own key
      return this.#barrier.isRootKey(unwrapRootKey(secret, recordOf(record, which)))
    } catch (error) {
      if (error instanceof Tampered) return false
      throw error
    }
  }
}

/** The key that a share belongs to, as far as that is known. @throws {ApiError} invalid, if it is known to belong to none */
async function keyOf(
  tx: Tx,
  share: Buffer,
): Promise<{ readonly which: Which; readonly threshold: number; readonly isKnown: boolean }> {
  const record = await sealRecord(tx)
  for (const which of ['current', 'previous'] as const) {
    const key = which === 'current' ? record : record?.previous
    const hashes = await shareHashes(tx, which)
    if (key && (!hashes || hashes.has(hashOf(share))))
      return { which, threshold: key.threshold, isKnown: hashes !== undefined }
  }
  throw wrongShare()
}

const invalidKey = (cause?: Error) =>
  new ApiError('invalid', 'the shares were refused: invalid key', { cause })

const wrongShare = () => new ApiError('invalid', 'the share was refused: invalid key')
