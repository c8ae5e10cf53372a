import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { renameSync, rmSync } from 'node:fs'
import { isSignedBy, type PublicKey, publicKeyIn, signText } from '../../shared/ed25519.ts'
import { keyInEnrollToken } from '../../shared/enroll-token.ts'
import { enrolledText, enrollText, HOST_NAME } from '../../shared/host-signature.ts'
import { Invalid } from '../../shared/invalid.ts'
import { ECHO_REQUEST } from '../../shared/otp.ts'
import { Secret } from '../../shared/secret.ts'
import { systemReason } from '../../shared/system-reason.ts'
import { readTrusted } from '../../shared/trusted-file.ts'
import { ask } from '../ask.ts'
import { sinceStart } from '../clock.ts'
import { type Config, readConfig } from '../config.ts'
import { hostIdentity } from '../host-identity.ts'
import { Refusal } from '../refusal.ts'
import { trustOf } from '../tls-trust.ts'
import { askEngine, memberOf, requireStatus } from './engine-request.ts'
import { byHand, isEnrolledConfig, obstacle, writeConfig } from './enrolled-config.ts'
import type { HostFlags } from './host-flags.ts'
import { installFile } from './install-file.ts'
import { type TrustedSet, trustedSet } from './trusted-set.ts'
import { verifyKeys } from './verify-keys.ts'

/** Where the private key is stored if no flag says otherwise. */
const USUAL_KEY = '/etc/postern/host-key'

/**
 * Enrols this host. Nothing is changed, and the token is not used, where the configuration could not be written afterwards.
 * @throws {Refusal}
 */
export async function enroll(flags: HostFlags): Promise<string> {
  const [name, keyFile] = [nameIn(flags), flags.text('key', USUAL_KEY)]
  const token = tokenIn(flags.required('token-file'))
  const config = readConfig(flags.config, flags)
  const planned = { name, keyFile, verifyKeys: [token.key.text] }
  const isThere = isEnrolledConfig(config, planned)
  const why = isThere ? undefined : obstacle(flags.config, planned)
  if (why !== undefined)
    throw byHand(flags.config, planned, `${why}. The token was not used: run this again then`)

  const draft = `${keyFile}.new`
  const key = newKey(draft)
  const { set, replaced } = await request(config, { name, token, key }).catch(error => {
    rmSync(draft, { force: true })
    throw error
  })
  place(draft, keyFile)
  const current = set.keys.filter((_, at) => set.states[at] !== 'retiring')
  if (!isThere)
    writeConfig(flags.config, { ...planned, verifyKeys: current.map(({ text }) => text) })
  await proveWay(flags, set)
  const stored = await verifyKeys(flags)
  return [
    `${name} is enrolled${replaced}`,
    isThere ? '' : `${flags.config} has host_name, host_key and verify_keys now`,
    stored,
  ]
    .filter(Boolean)
    .join('\n')
}

function nameIn(flags: HostFlags): string {
  const name = flags.required('name')
  if (HOST_NAME.test(name)) return name
  throw new Refusal(
    'usage',
    '-name must be in lower case, with letters, digits, "_", and "." or "-" inside',
  )
}

interface Token {
  readonly text: string
  /** The key that the reply must be signed with. */
  readonly key: PublicKey
}

function tokenIn(file: string): Token {
  try {
    const text = readTrusted(file, { secret: true }).trim()
    return { text, key: keyInEnrollToken(text) }
  } catch (error) {
    throw error instanceof Invalid
      ? new Refusal('settings', `-token-file: ${error.message}`)
      : error
  }
}

/** Makes the key, and stores it before the engine knows it: a token works once. */
function newKey(draft: string): KeyObject {
  const { privateKey } = generateKeyPairSync('ed25519')
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' })
  installFile(draft, Buffer.from(pem), { mode: 0o600 })
  return privateKey
}

interface Enrollment {
  readonly name: string
  readonly token: Token
  readonly key: KeyObject
}

/** Presents token and key. Only a reply that the key in the token has signed, to this very request, is accepted. */
async function request(
  config: Config,
  { name, token, key }: Enrollment,
): Promise<{ readonly set: TrustedSet; readonly replaced: string }> {
  const asked = { name, publicKey: publicKeyIn(key).text, nonce: randomUUID() }
  const signature = signText(key, enrollText({ ...asked, token: token.text }))
  const { nonce, publicKey } = asked
  const reply = await askEngine(config, {
    ...{ method: 'PUT', path: 'enroll' },
    body: { token: token.text, name, public_key: publicKey, nonce, signature },
  })
  requireStatus(reply, [200], `enrolling ${name}`)
  const set = trustedSet(reply, [token.key])
  const signatures = Object(memberOf(reply, 'data', 'enrolled_signatures'))
  if (!isSignedBy(token.key, enrolledText(asked, set.text), String(signatures[token.key.id])))
    throw new Refusal('protocol', 'the reply is not signed with the key in the token')
  return { set, replaced: replacedIn(memberOf(reply, 'data', 'replaces')) }
}

/** Who had the name before. */
function replacedIn(raw: unknown): string {
  const { public_key: key, enrolled_time: time, enrolled_from: from } = Object(raw)
  return key === undefined
    ? ''
    : `; it replaces the host that was enrolled at ${time} from ${from}, with the key ${key}`
}

function place(draft: string, keyFile: string): void {
  try {
    renameSync(draft, keyFile)
  } catch (error) {
    throw new Refusal('settings', `${keyFile} cannot be written: ${systemReason(error)}`)
  }
}

/** Asks for the echo as a login does, with the new settings: signed in both directions. */
async function proveWay(flags: HostFlags, set: TrustedSet): Promise<void> {
  const config = readConfig(flags.config, flags)
  const { answer } = await ask(config, {
    request: { otp: new Secret(ECHO_REQUEST), nonce: randomUUID() },
    ...{ correlation: randomUUID(), until: sinceStart() + config.deadline, tls: trustOf(config) },
    signed: { mount: config.mount, keys: set.keys },
    identity: hostIdentity(config),
  })
  if (answer.kind !== 'echo') throw new Refusal('protocol', 'the engine answered without the echo')
}
