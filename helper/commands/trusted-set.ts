import { isSignedBy, type PublicKey, parsePublicKey } from '../../shared/ed25519.ts'
import { Invalid } from '../../shared/invalid.ts'
import { KEY_STATES, type KeyState, keySetText } from '../../shared/verify-signature.ts'
import { Refusal } from '../refusal.ts'
import type { StoredKeys } from '../verify-keys.ts'
import { type EngineReply, memberOf } from './engine-request.ts'

/** A set of keys that a trusted key has signed. */
export interface TrustedSet extends StoredKeys {
  /** With their states, in the order of `keys`. */
  readonly states: readonly KeyState[]
  /** The bytes that each key has signed. */
  readonly text: Buffer
}

interface SignedKey {
  readonly key: PublicKey
  readonly state: KeyState
  readonly signature: string
}

/** The set of keys in a reply. @throws {Refusal} unless one of the `trusted` keys has signed it */
export function trustedSet(reply: EngineReply, trusted: readonly PublicKey[]): TrustedSet {
  const [mountId, version] = [
    memberOf(reply, 'data', 'mount_id'),
    memberOf(reply, 'data', 'version'),
  ]
  const keys = memberOf(reply, 'data', 'keys')
  if (typeof mountId !== 'string' || typeof version !== 'number' || !Array.isArray(keys))
    throw new Refusal('protocol', NO_KEYS)
  const listed = keys.map(signedKey)
  const set = listed.map(({ key, state }) => ({ text: key.text, state }))
  const text = keySetText({ mountId, version, keys: set })
  const isTrusted = listed.some(({ key, signature }) =>
    trusted.some(own => own.text === key.text && isSignedBy(own, text, signature)),
  )
  if (!isTrusted)
    throw new Refusal(
      'protocol',
      'none of the keys that this host trusts has signed these; the old ones stay',
    )
  const states = listed.map(({ state }) => state)
  return { mountId, version, keys: listed.map(({ key }) => key), states, text }
}

const NO_KEYS = 'the answer is not a set of keys'

function signedKey(raw: unknown): SignedKey {
  const { public_key: text, state, signature } = Object(raw)
  if (typeof text !== 'string' || typeof signature !== 'string' || !KEY_STATES.includes(state))
    throw new Refusal('protocol', NO_KEYS)
  try {
    return { key: parsePublicKey(text), state, signature }
  } catch (error) {
    throw error instanceof Invalid ? new Refusal('protocol', `${NO_KEYS}: ${error.message}`) : error
  }
}
