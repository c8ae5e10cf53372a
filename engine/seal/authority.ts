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
 * The people who together hold the unseal key of an unsealed server, or the recovery key where it unseals itself. They may do what
 * not even a root token allows.
 */
export class Authority {
  readonly #barrier: Barrier
  readonly #type: SealType

  constructor(barrier: Barrier, type: SealType) {
    this.#barrier = barrier
    this.#type = type
  }

  /** Which of their keys `secret` is, if it is one. */
  async proves(secret: Buffer): Promise<Which | undefined> {
    for (const which of ['current', 'previous'] as const)
      if (await this.#is(secret, which)) return which
    return undefined
  }

  /** How many of them there are, and how many it takes. */
  async quorum(): Promise<Quorum> {
    const { shares, threshold } = (await transact(this.#barrier, sealRecord)) ?? {
      shares: 0,
      threshold: 0,
    }
    return { shares, threshold }
  }

  /** Whether the key before theirs counts, too, because no share of the new one has been seen. */
  async hasPrevious(): Promise<boolean> {
    return (await transact(this.#barrier, sealRecord))?.previous !== undefined
  }

  /**
   * Takes a share of their key. Gives the key when there are enough.
   * @param good is called when it is known to be a share of the key
   * @throws {ApiError} invalid, for a share that is known to be none; and if the shares did not make their key, after which all of them
   * must be brought again
   */
  async hear(
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
   * Has been shown, by enough shares, that their key is in the hands of people: the one before counts no more. Remembers how to tell a
   * share from any other, if that is not known yet. Does not reject: the next who bring them are asked again.
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
   * Puts a new key in the place of theirs, which is `secret`, in one commit. Doing it twice is no error.
   * @throws {ApiError} invalid, if it is not theirs
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
      // whoever can write to the store could have put a root key there that is wrapped with a key of his own
      return this.#barrier.isRootKey(unwrapRootKey(secret, recordOf(record, which)))
    } catch (error) {
      if (error instanceof Tampered) return false
      throw error
    }
  }
}

/** Of which key it is a share, as far as that is known. @throws {ApiError} invalid, if it is known to be of none */
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
