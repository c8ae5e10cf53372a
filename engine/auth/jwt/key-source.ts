import { Invalid } from '../../../shared/invalid.ts'
import { Cache } from '../../../shared/lru.ts'
import type { Config } from './config.ts'
import { fetchJson } from './fetch-json.ts'
import {
  ALGORITHMS,
  type Claims,
  type Keys,
  publicKey,
  signedClaims,
  UnknownKey,
} from './signature.ts'

/** What a provider says of itself. OpenID Connect Discovery 1.0 §3. */
export interface Discovery {
  readonly issuer: string
  readonly jwksUri: string
  readonly authorizationEndpoint: string
  readonly tokenEndpoint: string
  readonly userinfoEndpoint: string | undefined
}

/** Milliseconds for which what was fetched counts, and after which unknown keys are looked for again. */
const FRESH = 10 * 60_000
const COOLDOWN = 30_000

const CONFIGURATIONS = 1000

/** Milliseconds for which what failed is not tried again: those who make tokens up cannot make us ask all the time. */
const FAILED = 1000

interface Fetched<T> {
  readonly value: Promise<T>
  /** When it was fetched; long ago, for what has failed. */
  readonly at: number
  /** When it was last tried. */
  readonly triedAt: number
  /** What will take its place, while it is being fetched. */
  readonly next?: Promise<T>
}

/** Keys of those who sign tokens, fetched when needed and kept for a while. */
export class KeySource {
  readonly #fetched = new Cache<Fetched<unknown>>(CONFIGURATIONS)

  /** What the provider of a configuration says of itself. @throws {Invalid} if it cannot be asked, or is another one */
  discovery(
    { oidcDiscoveryUrl: url, oidcDiscoveryCaPem: ca }: Config,
    age = FRESH,
  ): Promise<Discovery> {
    return this.#once(['discovery', url, ca], age, () => discover(url, ca))
  }

  /** The claims of a token that somebody has signed whom the configuration names. @throws {Invalid} */
  async claims(config: Config, token: string): Promise<Claims> {
    const algorithms = config.jwtSupportedAlgs.length > 0 ? config.jwtSupportedAlgs : ALGORITHMS
    if (config.jwtValidationPubkeys.length > 0)
      return signedClaims(token, { keys: config.jwtValidationPubkeys.map(publicKey), algorithms })
    try {
      return await signedClaims(token, { keys: [await this.keys(config, FRESH)], algorithms })
    } catch (error) {
      if (!(error instanceof UnknownKey)) throw error
      // the provider may have new keys; those who make tokens up cannot make us ask for them all the time
      return signedClaims(token, { keys: [await this.keys(config, COOLDOWN)], algorithms })
    }
  }

  /** The keys of a configuration that names a place for them, fetched no longer ago than `age` milliseconds. */
  async keys(config: Config, age = FRESH): Promise<Keys> {
    const [url, ca] =
      config.jwksUrl === ''
        ? [(await this.discovery(config)).jwksUri, config.oidcDiscoveryCaPem]
        : [config.jwksUrl, config.jwksCaPem]
    return this.#once(['keys', url, ca], age, async () => {
      const { keys } = await fetchJson(url, { ca })
      if (!Array.isArray(keys)) throw new Invalid(`${url}: no set of keys`)
      return { keys }
    })
  }

  /** Fetches if it has not been fetched for `age` milliseconds, or has failed a moment ago. */
  #once<T>(
    inputs: readonly [what: string, url: string, ca: string],
    age: number,
    fetch: () => Promise<T>,
  ): Promise<T> {
    const [key, now] = [JSON.stringify(inputs), performance.now()]
    const known = this.#fetched.find(key) as Fetched<T> | undefined
    if (known && age > 0) {
      if (known.at + age > now) return known.value
      if (known.next) return known.next
      if (known.triedAt + FAILED > now) return known.value
    }
    const value = fetch()
    // a provider that is slow or fails does not make us forget what it has said
    const fresh = known && known.at + FRESH > now ? known : undefined
    this.#fetched.put(key, fresh ? { ...fresh, next: value } : { value, at: now, triedAt: now })
    value.then(
      () => this.#fetched.put(key, { value, at: now, triedAt: now }),
      () => {
        const left = fresh ?? { value, at: Number.NEGATIVE_INFINITY }
        const triedAt = performance.now()
        this.#fetched.put(key, { value: left.value, at: left.at, triedAt })
      },
    )
    return value
  }
}

async function discover(url: string, ca: string): Promise<Discovery> {
  const base = url.replace(/\/$/, '')
  const said = await fetchJson(`${base}/.well-known/openid-configuration`, { ca })
  const text = (name: string) => {
    const value = said[name]
    if (typeof value !== 'string')
      throw new Invalid(`${url}: the provider does not tell its ${name}`)
    return value
  }
  const issuer = text('issuer')
  if (issuer.replace(/\/$/, '') !== base)
    throw new Invalid(`${url}: the provider calls itself ${JSON.stringify(issuer)}`)
  const userinfo = said.userinfo_endpoint
  return {
    issuer,
    jwksUri: text('jwks_uri'),
    authorizationEndpoint:
      typeof said.authorization_endpoint === 'string' ? said.authorization_endpoint : '',
    tokenEndpoint: typeof said.token_endpoint === 'string' ? said.token_endpoint : '',
    userinfoEndpoint: typeof userinfo === 'string' ? userinfo : undefined,
  }
}
