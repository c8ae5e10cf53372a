import { ApiError } from '../api/errors.ts'
import { Ceremony } from './ceremony.ts'
import { Lifetime } from './lifetime.ts'

interface Attempt {
  readonly ceremony: Ceremony
  readonly lifetime: Lifetime
  /** As long as the token, which is XORed with it: the holder of the last share does not learn the token. */
  readonly otp: Buffer
}

/** The part of the seal that checks shares, `Authority`. */
interface ShareAuthority {
  /** Returns the key once there are enough shares. Calls `good` if the share is known to be valid. */
  addShare(ceremony: Ceremony, share: Buffer, good: () => void): Promise<Buffer | undefined>
}

/** The most attempts without a share; the oldest is dropped when there are more. */
const MOST = 256

/**
 * Generates a root token, authorized by a quorum of shares. Starting an attempt needs no authentication, so an attempt only becomes the current
 * one with its first share. Until then, each source may have one, which does not replace those of others.
 */
export class RootGeneration {
  readonly #authority: ShareAuthority
  readonly #longest: number | undefined
  /** Attempts without a share, by source; the latest last. */
  readonly #waiting = new Map<string, Attempt>()
  #active: Attempt | undefined

  /** @param longest milliseconds after its last valid share until an attempt expires */
  constructor(authority: ShareAuthority, longest?: number) {
    this.#authority = authority
    this.#longest = longest
  }

  /** The attempt with shares; if there is none, that of the source, or else the latest. */
  attemptFor(source: string): Attempt | undefined {
    return this.#active ?? this.#waiting.get(source) ?? [...this.#waiting.values()].at(-1)
  }

  /** Whether a valid share was entered: cancelling then needs more than starting. */
  get isGood(): boolean {
    return this.#active?.lifetime.isGood ?? false
  }

  /** Starts an attempt, which replaces that of the same source. @throws {ApiError} invalid, if there is an attempt with shares */
  begin(otp: Buffer, source: string): void {
    if (this.isGood || (this.#active?.ceremony.progress ?? 0) > 0)
      throw new ApiError('invalid', 'root generation already in progress')
    this.cancel(source)
    const lifetime = new Lifetime(() => this.#end(attempt), this.#longest)
    const attempt = { ceremony: new Ceremony(), lifetime, otp }
    this.#waiting.set(source, attempt)
    const [oldest] = this.#waiting.values()
    if (this.#waiting.size > MOST) this.#end(oldest)
  }

  /** Cancels the attempt with shares; if there is none, that of the source. */
  cancel(source: string): void {
    this.#end(this.#active ?? this.#waiting.get(source))
  }

  cancelAll(): void {
    for (const attempt of this.#all()) this.#end(attempt)
  }

  /** Takes a share. Once there are enough, ends the attempt and returns its otp. @throws {ApiError} invalid */
  async offer(nonce: string, share: Buffer): Promise<Buffer | undefined> {
    const all = this.#all()
    const attempt = all.find(({ ceremony }) => ceremony.nonce === nonce)
    if (all.length === 0) throw nothingBegun()
    if (!attempt) throw new ApiError('invalid', 'incorrect nonce supplied')
    const secret = await this.#authority.addShare(attempt.ceremony, share, () => {
      attempt.lifetime.good()
      this.#prefer(attempt)
    })
    // without hashes of the shares, every share counts as valid
    this.#prefer(attempt)
    secret?.fill(0)
    if (this.#active !== attempt) throw nothingBegun()
    if (!secret) return undefined
    this.#end(attempt)
    return attempt.otp
  }

  #all(): readonly Attempt[] {
    return [...(this.#active ? [this.#active] : []), ...this.#waiting.values()]
  }

  /** Ends all other attempts, unless this one has ended meanwhile. */
  #prefer(attempt: Attempt): void {
    if (!this.#all().includes(attempt)) return
    for (const each of this.#all()) if (each !== attempt) this.#end(each)
    this.#waiting.clear()
    this.#active = attempt
  }

  #end(attempt: Attempt | undefined): void {
    attempt?.lifetime[Symbol.dispose]()
    attempt?.ceremony.wipe()
    if (this.#active === attempt) this.#active = undefined
    for (const [source, each] of this.#waiting) if (each === attempt) this.#waiting.delete(source)
  }
}

const nothingBegun = () => new ApiError('invalid', 'no root generation in progress')
