import { Invalid } from '../../shared/invalid.ts'
import { ApiError } from '../api/errors.ts'
import { Tampered } from '../storage/aead.ts'
import type { Barrier } from '../storage/barrier.ts'
import { transact } from '../storage/transact.ts'
import type { Ceremony } from './ceremony.ts'
import { hashFits, hashOf } from './hash-of.ts'
import {
  putRecovery,
  putSealRecord,
  recovery,
  type SealType,
  sealRecord,
  unwrapRootKey,
  wrapRootKey,
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

  /** Whether `secret` is their key. */
  async proves(secret: Buffer): Promise<boolean> {
    if (this.#type === 'file') {
      const known = await transact(this.#barrier, recovery)
      return known !== undefined && hashFits(secret, known.hash)
    }
    const record = await transact(this.#barrier, sealRecord)
    if (!record) return false
    try {
      // whoever can write to the store could have put a root key there that is wrapped with a key of his own
      return this.#barrier.isRootKey(unwrapRootKey(secret, record))
    } catch (error) {
      if (error instanceof Tampered) return false
      throw error
    }
  }

  /** How many of them there are, and how many it takes. */
  async quorum(): Promise<Quorum> {
    const { shares, threshold } = (await transact(this.#barrier, sealRecord)) ?? {
      shares: 0,
      threshold: 0,
    }
    return { shares, threshold }
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
    const { threshold } = await this.quorum()
    const hashes = await transact(this.#barrier, shareHashes)
    if (hashes && !hashes.has(hashOf(share))) throw wrongShare()
    if (hashes) good()
    const made = await ceremony.add(share, threshold).catch(error => {
      throw error instanceof Invalid ? invalidKey(error) : error
    })
    if (!made) return undefined
    using _ = made
    if (!(await this.proves(made.secret))) {
      made.secret.fill(0)
      throw invalidKey()
    }
    if (!hashes) await this.remember(made.shares)
    return made.secret
  }

  /**
   * Remembers from enough shares, which have been shown to make the key, how to tell a share from any other, if that is not known yet.
   * Does not reject: the next who bring them are asked again.
   */
  async remember(shares: readonly Buffer[]): Promise<void> {
    const all = await everyShare(shares)
    await transact(this.#barrier, async tx => {
      if (all && !(await shareHashes(tx))) await putShareHashes(tx, all.map(hashOf))
    }).catch(() => undefined)
    for (const share of all ?? []) share.fill(0)
  }

  /**
   * Puts a new key in the place of theirs, which is `secret`, in one commit. Doing it twice is no error.
   * @throws {ApiError} invalid, if it is not theirs
   */
  async replace(secret: Buffer, { key, hashes, quorum }: NewKey): Promise<void> {
    if (await this.proves(key)) return
    await transact(this.#barrier, async tx => {
      const record = await sealRecord(tx)
      if (!record || !(await this.proves(secret))) throw invalidKey()
      if (this.#type === 'file') putRecovery(tx, { ...quorum, hash: hashOf(key) })
      const rootKey =
        this.#type === 'file' ? record.rootKey : wrapRootKey(key, unwrapRootKey(secret, record))
      putSealRecord(tx, { ...record, ...quorum, rootKey })
      await putShareHashes(tx, hashes)
    })
  }
}

/** A key that has been divided. */
export interface NewKey {
  readonly key: Buffer
  /** Of each of its shares. */
  readonly hashes: readonly string[]
  readonly quorum: Quorum
}

const invalidKey = (cause?: Error) =>
  new ApiError('invalid', 'the shares were refused: invalid key', { cause })

const wrongShare = () => new ApiError('invalid', 'the share was refused: invalid key')
