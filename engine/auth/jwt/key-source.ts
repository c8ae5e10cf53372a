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

/** The discovery document of a provider. OpenID Connect Discovery 1.0 §3. */
export interface Discovery {
  readonly issuer: string
  readonly jwksUri: string
  readonly authorizationEndpoint: string
  readonly tokenEndpoint: string
  readonly userinfoEndpoint: string | undefined
  /** RFC 8628 §4. */
  readonly deviceAuthorizationEndpoint: string | undefined
}

/** Milliseconds: how long a fetched document is used, and after what time an unknown key makes it fetch again. */
const MAX_AGE = 10 * 60_000
const COOLDOWN = 30_000

const CONFIGURATIONS = 1000

/** Milliseconds before a failed request is retried, so that invented tokens do not cause a request each. */
const RETRY_AFTER = 1000

interface Fetched<T> {
  readonly value: Promise<T>
  /** When it was fetched; minus infinity if that failed. */
  readonly at: number
  /** When the last request was made. */
  readonly triedAt: number
  /** Its replacement, while that is being fetched. */
  readonly next?: Promise<T>
}

/** Fetches and caches the keys and discovery documents of token issuers. */
export class KeySource {
  readonly #fetched = new Cache<Fetched<unknown>>(CONFIGURATIONS)

  /** The discovery document of the configured provider. @throws {Invalid} if it cannot be fetched, or names another issuer */
  discovery(
    { oidcDiscoveryUrl: url, oidcDiscoveryCaPem: ca }: Config,
    age = MAX_AGE,
  ): Promise<Discovery> {
    return this.#once(['discovery', url, ca], age, () => discover(url, ca))
  }

  /** The claims of a token, after verifying its signature with the keys of the configuration. @throws {Invalid} */
  async claims(config: Config, token: string): Promise<Claims> {
    const algorithms = config.jwtSupportedAlgs.length > 0 ? config.jwtSupportedAlgs : ALGORITHMS
    if (config.jwtValidationPubkeys.length > 0)
      return signedClaims(token, { keys: config.jwtValidationPubkeys.map(publicKey), algorithms })
    try {
      return await signedClaims(token, { keys: [await this.keys(config, MAX_AGE)], algorithms })
    } catch (error) {
      if (!(error instanceof UnknownKey)) throw error
      // the provider may have new keys; the cooldown bounds the requests that invented tokens cause
      return signedClaims(token, { keys: [await this.keys(config, COOLDOWN)], algorithms })
    }
  }

  /** The keys of a configuration with a URL, fetched at most `age` milliseconds ago. */
  async keys(config: Config, age = MAX_AGE): Promise<Keys> {
    const [url, ca] =
      config.jwksUrl === ''
        ? [(await this.discovery(config)).jwksUri, config.oidcDiscoveryCaPem]
        : [config.jwksUrl, config.jwksCaPem]
    return this.#once(['keys', url, ca], age, async () => {
      const { keys } = await fetchJson(url, { ca })
      if (!Array.isArray(keys)) throw new Invalid(`${url}: not a JWKS`)
      return { keys }
    })
  }

  /** Returns the cached document, or fetches it if it is older than `age` milliseconds and no request has just failed. */
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
      if (known.triedAt + RETRY_AFTER > now) return known.value
    }
    const value = fetch()
    // a slow or failing provider does not evict its last document
    const fresh = known && known.at + MAX_AGE > now ? known : undefined
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
      throw new Invalid(`${url}: the discovery document has no ${name}`)
    return value
  }
  const issuer = text('issuer')
  if (issuer.replace(/\/$/, '') !== base)
    throw new Invalid(
      `${url}: the discovery document is of another issuer, ${JSON.stringify(issuer)}`,
    )
  const optional = (name: string) => {
    const value = said[name]
    return typeof value === 'string' ? value : undefined
  }
  return {
    issuer,
    jwksUri: text('jwks_uri'),
    authorizationEndpoint: optional('authorization_endpoint') ?? '',
    tokenEndpoint: optional('token_endpoint') ?? '',
    userinfoEndpoint: optional('userinfo_endpoint'),
    deviceAuthorizationEndpoint: optional('device_authorization_endpoint'),
  }
}
