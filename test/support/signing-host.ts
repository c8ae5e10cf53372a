import { generateKeyPairSync, randomUUID } from 'node:crypto'
import type { SignedBy } from '../../engine/api/request.ts'
import { publicKeyIn, signText } from '../../shared/ed25519.ts'
import { bodyDigest, enrollText, hostRequestText } from '../../shared/host-signature.ts'

/** A host as an engine sees it: it has a key, enrols, and signs requests. */
export class SigningHost {
  readonly name: string
  readonly #key = generateKeyPairSync('ed25519').privateKey
  readonly publicKey = publicKeyIn(this.#key).text

  constructor(name: string) {
    this.name = name
  }

  /** The body of a request to `enroll`. */
  enrollment(token: string, nonce: string = randomUUID()) {
    const asked = { name: this.name, publicKey: this.publicKey, nonce }
    const signature = signText(this.#key, enrollText({ ...asked, token }))
    return { token, name: this.name, public_key: this.publicKey, nonce, signature }
  }

  /** What a request carries that this host has signed. The defaults are those of a verify with this body. */
  sign(body: object | undefined, { now, ...changes }: { readonly now: Date } & Changes): SignedBy {
    const digest = bodyDigest(body === undefined ? '' : JSON.stringify(body))
    const request = {
      ...{ host: this.name, time: now.toISOString(), nonce: randomUUID(), report: '' },
      ...{ method: 'PUT', path: 'verify', bodyDigest: digest },
      ...changes,
    }
    const { path, ...sent } = request
    return { ...sent, signature: signText(this.#key, hostRequestText({ ...sent, path })) }
  }
}

type Changes = Partial<Omit<SignedBy, 'signature'>> & { readonly path?: string }
