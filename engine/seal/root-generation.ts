import { ApiError } from '../api/errors.ts'
import type { Authority } from './authority.ts'
import { Ceremony } from './ceremony.ts'

interface Attempt {
  readonly ceremony: Ceremony
  /** As long as the token, which is handed out veiled with it: who brings the last share does not see it. */
  readonly otp: Buffer
}

/** Makes a root token when there is none: the people who hold the key bring their shares. */
export class RootGeneration {
  readonly #authority: Authority
  #attempt: Attempt | undefined

  constructor(authority: Authority) {
    this.#authority = authority
  }

  get attempt(): Attempt | undefined {
    return this.#attempt
  }

  /** @throws {ApiError} invalid, if one has begun already */
  begin(otp: Buffer): void {
    if (this.#attempt) throw new ApiError('invalid', 'root generation already in progress')
    this.#attempt = { ceremony: new Ceremony(), otp }
  }

  cancel(): void {
    this.#attempt?.ceremony.wipe()
    this.#attempt = undefined
  }

  /** Takes a share. When there are enough the attempt is over, and what to veil the token with is given. @throws {ApiError} invalid */
  async offer(nonce: string, share: Buffer): Promise<Buffer | undefined> {
    const attempt = this.#attempt
    if (!attempt) throw new ApiError('invalid', 'no root generation in progress')
    if (nonce !== attempt.ceremony.nonce)
      throw new ApiError(
        'invalid',
        `incorrect nonce supplied; nonce for this root generation operation is "${attempt.ceremony.nonce}"`,
      )
    const secret = await this.#authority.hear(attempt.ceremony, share)
    if (!secret) return undefined
    secret.fill(0)
    if (this.#attempt !== attempt) throw new ApiError('invalid', 'no root generation in progress')
    this.#attempt = undefined
    return attempt.otp
  }
}
