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

/** Makes a root token when there is none: the people who hold the key bring their shares. */
export class RootGeneration {
  readonly #authority: Authority
  readonly #longest: number | undefined
  #attempt: Attempt | undefined

  /** @param longest milliseconds that an attempt lives after its last good share */
  constructor(authority: Authority, longest?: number) {
    this.#authority = authority
    this.#longest = longest
  }

  get attempt(): Attempt | undefined {
    return this.#attempt
  }

  /** Whether a share has been brought that is one of the key: then strangers may neither cancel nor replace the attempt. */
  get isGood(): boolean {
    return this.#attempt?.lifetime.isGood ?? false
  }

  /** @throws {ApiError} invalid, if one has begun already that shares have been brought for */
  begin(otp: Buffer): void {
    const begun = this.#attempt
    if (begun && (begun.lifetime.isGood || begun.ceremony.progress > 0))
      throw new ApiError('invalid', 'root generation already in progress')
    this.cancel()
    const lifetime = new Lifetime(() => this.cancel(), this.#longest)
    this.#attempt = { ceremony: new Ceremony(), lifetime, otp }
  }

  cancel(): void {
    this.#attempt?.lifetime[Symbol.dispose]()
    this.#attempt?.ceremony.wipe()
    this.#attempt = undefined
  }

  /** Takes a share. When there are enough the attempt is over, and what to veil the token with is given. @throws {ApiError} invalid */
  async offer(nonce: string, share: Buffer): Promise<Buffer | undefined> {
    const attempt = this.#attempt
    if (!attempt) throw new ApiError('invalid', 'no root generation in progress')
    if (nonce !== attempt.ceremony.nonce) throw new ApiError('invalid', 'incorrect nonce supplied')
    const secret = await this.#authority.hear(attempt.ceremony, share, () =>
      attempt.lifetime.good(),
    )
    if (!secret) return undefined
    secret.fill(0)
    if (this.#attempt !== attempt) throw new ApiError('invalid', 'no root generation in progress')
    this.cancel()
    return attempt.otp
  }
}
