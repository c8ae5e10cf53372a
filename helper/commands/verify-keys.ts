import { mkdirSync } from 'node:fs'
import { isSignedBy, type PublicKey, parsePublicKey } from '../../shared/ed25519.ts'
import { Invalid } from '../../shared/invalid.ts'
import { systemReason } from '../../shared/system-reason.ts'
import { KEY_STATES, type KeyState, keySetText } from '../../shared/verify-signature.ts'
import { type Config, readConfig } from '../config.ts'
import { Refusal } from '../refusal.ts'
import { keysFile, type StoredKeys, storedKeys, writeKeys } from '../verify-keys.ts'
import { askEngine, type EngineReply, memberOf, requireStatus } from './engine-request.ts'
import type { HostFlags } from './host-flags.ts'
import { installFile } from './install-file.ts'

/**
 * Fetches the keys that the engine signs its answers with, so that a login still works when they have been replaced. A set is taken over
 * only if a key that is trusted now has signed it, and only in place of an older one.
 * @throws {Refusal}
 */
export async function verifyKeys(flags: HostFlags): Promise<string> {
  const config = readConfig(flags.config, flags)
  if (!config.verifyKeys)
    throw new Refusal(
      'settings',
      `verify_keys is not set in ${flags.config}: with it, only answers that these keys have signed let a user in`,
    )
  const reply = await askEngine(config, { method: 'GET', path: 'verify/keys' })
  requireStatus(reply, [200], 'the keys of verify')
  const known = knownKeys(config)
  const fetched = trustedSet(reply, known?.keys ?? config.verifyKeys)
  if (known) requireNewer(fetched, known)
  const file = keysFile(config)
  makeDirectory(config.stateDirectory)
  const changed = installFile(file, Buffer.from(writeKeys(config, fetched)))
  const count = `${fetched.keys.length} ${fetched.keys.length === 1 ? 'key' : 'keys'}`
  return changed ? `${file} now has ${count}` : `${file} has not changed`
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new Refusal('settings', `${directory} cannot be made: ${systemReason(error)}`)
  }
}

/** What was fetched last. A file that is damaged is written anew. */
function knownKeys(config: Config): StoredKeys | undefined {
  try {
    return storedKeys(config)
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}

function requireNewer(fetched: StoredKeys, known: StoredKeys): void {
  if (fetched.mountId !== known.mountId)
    throw new Refusal('protocol', 'these are the keys of another mount; the old ones stay')
  if (fetched.version < known.version)
    throw new Refusal(
      'protocol',
      `the engine has version ${fetched.version} of the keys, this host has ${known.version}; they stay`,
    )
}

interface SignedKey {
  readonly key: PublicKey
  readonly state: KeyState
  readonly signature: string
}

/** @throws {Refusal} unless one of the `trusted` keys has signed the set */
function trustedSet(reply: EngineReply, trusted: readonly PublicKey[]): StoredKeys {
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
    trusted.some(
      ({ id, key: own }) => id === key.id && isSignedBy({ ...key, key: own }, text, signature),
    ),
  )
  if (!isTrusted)
    throw new Refusal(
      'protocol',
      'none of the keys that this host trusts has signed these; the old ones stay',
    )
  return { mountId, version, keys: listed.map(({ key }) => key) }
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
