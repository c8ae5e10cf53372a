import { ApiError } from '../api/errors.ts'
import type { Authority } from './authority.ts'
import { Ceremony } from './ceremony.ts'
import { Lifetime } from './lifetime.ts'

interface Attempt {
  readonly ceremony: Ceremony
  readonly lifetime: Lifetime
  /** As long as the token, which is handed out veiled with it: who brings the last share does not see it. */
  readonly otp: Buffer
}

/** Attempts that wait for their first share; the oldest goes when there are more. */
const MOST = 256

/**
 * Makes a root token when there is none: the people who hold the key bring their shares. Anybody may begin, so an attempt keeps its place
 * only once a share has been brought for it. Until then each source may have one, and none takes the place of another's.
 */
export class RootGeneration {
  readonly #authority: Authority
  readonly #longest: number | undefined
  /** Without a share, by source; the latest last. */
  readonly #waiting = new Map<string, Attempt>()
  #active: Attempt | undefined

  /** @param longest milliseconds that an attempt lives after its last good share */
  constructor(authority: Authority, longest?: number) {
    this.#authority = authority
    this.#longest = longest
  }

  /** The one that shares have been brought for; while there is none, that of the source, or else the latest. */
  attemptFor(source: string): Attempt | undefined {
    return this.#active ?? this.#waiting.get(source) ?? [...this.#waiting.values()].at(-1)
  }

  /** Whether a share has been brought that is one of the key: then to cancel takes more than to begin. */
  get isGood(): boolean {
    return this.#active?.lifetime.isGood ?? false
  }

  /** Begins one, in the place of what the same source has begun. @throws {ApiError} invalid, if shares have been brought for another */
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

  /** Cancels the one that shares have been brought for; while there is none, that of the source. */
  cancel(source: string): void {
    this.#end(this.#active ?? this.#waiting.get(source))
  }

  cancelAll(): void {
    for (const attempt of this.#all()) this.#end(attempt)
  }

  /** Takes a share. When there are enough the attempt is over, and what to veil the token with is given. @throws {ApiError} invalid */
  async offer(nonce: string, share: Buffer): Promise<Buffer | undefined> {
    const all = this.#all()
    const attempt = all.find(({ ceremony }) => ceremony.nonce === nonce)
    if (all.length === 0) throw nothingBegun()
    if (!attempt) throw new ApiError('invalid', 'incorrect nonce supplied')
    const secret = await this.#authority.hear(attempt.ceremony, share, () => {
      attempt.lifetime.good()
      this.#prefer(attempt)
    })
    // where it is not known which shares are good, any counts
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

  /** Ends all others, if this one has not been ended itself. */
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
