import { createHash, timingSafeEqual } from 'node:crypto'
import { Invalid } from '../../shared/invalid.ts'
import { ApiError } from '../api/errors.ts'
import { Tampered } from '../storage/aead.ts'
import type { Barrier } from '../storage/barrier.ts'
import { transact } from '../storage/transact.ts'
import type { Ceremony } from './ceremony.ts'
import {
  putRecovery,
  putSealRecord,
  recovery,
  type SealType,
  sealRecord,
  unwrapRootKey,
  wrapRootKey,
} from './seal-record.ts'
import type { Quorum } from './shamir.ts'

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
   * @throws {ApiError} invalid, if the shares did not make their key; then all of them must be brought again
   */
  async hear(ceremony: Ceremony, share: Buffer): Promise<Buffer | undefined> {
    const { threshold } = await this.quorum()
    const secret = await ceremony.add(share, threshold).catch(error => {
      throw error instanceof Invalid ? invalidKey(error) : error
    })
    if (!secret || (await this.proves(secret))) return secret
    secret.fill(0)
    throw invalidKey()
  }

  /**
   * Puts a new key in the place of theirs, which is `secret`, in one commit. Doing it twice is no error.
   * @throws {ApiError} invalid, if it is not theirs
   */
  async replace(secret: Buffer, fresh: Buffer, quorum: Quorum): Promise<void> {
    if (await this.proves(fresh)) return
    await transact(this.#barrier, async tx => {
      const record = await sealRecord(tx)
      if (!record || !(await this.proves(secret))) throw invalidKey()
      if (this.#type === 'file') putRecovery(tx, { ...quorum, hash: hashOf(fresh) })
      const rootKey =
        this.#type === 'file' ? record.rootKey : wrapRootKey(fresh, unwrapRootKey(secret, record))
      putSealRecord(tx, { ...record, ...quorum, rootKey })
    })
  }
}

const invalidKey = (cause?: Error) =>
  new ApiError('invalid', 'the shares were refused: invalid key', { cause })

/** What is stored of a recovery key: it is random, so nothing can be tried out on the hash. */
export const hashOf = (key: Uint8Array): string => createHash('sha256').update(key).digest('hex')

/** Told in constant time. */
export const hashFits = (key: Uint8Array, hash: string): boolean =>
  timingSafeEqual(Buffer.from(hashOf(key)), Buffer.from(hash))
