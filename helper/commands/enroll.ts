import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { isSignedBy, type PublicKey, publicKeyIn, signText } from '../../shared/ed25519.ts'
import { keyInEnrollToken } from '../../shared/enroll-token.ts'
import {
  bodyDigest,
  enrolledText,
  enrollText,
  HOST_NAME,
  type ReplacedHost,
} from '../../shared/host-signature.ts'
import { Invalid } from '../../shared/invalid.ts'
import { ECHO_REQUEST } from '../../shared/otp.ts'
import { sealSecret } from '../../shared/sealed-secret.ts'
import { Secret } from '../../shared/secret.ts'
import { systemReason } from '../../shared/system-reason.ts'
import { readTrusted } from '../../shared/trusted-file.ts'
import { ask } from '../ask.ts'
import { sinceStart } from '../clock.ts'
import { type Config, readConfig } from '../config.ts'
import { hostIdentity, requireIdentity } from '../host-identity.ts'
import { Refusal } from '../refusal.ts'
import { trustOf } from '../tls-trust.ts'
import { askEngine, memberOf, requireStatus } from './engine-request.ts'
import { byHand, isEnrolledConfig, obstacle, writeConfig } from './enrolled-config.ts'
import type { HostFlags } from './host-flags.ts'
import { installFile } from './install-file.ts'
import { type TrustedSet, trustedSet } from './trusted-set.ts'
import { verifyKeys } from './verify-keys.ts'

/** Where the private key is stored if no flag says otherwise. */
export const USUAL_KEY = '/etc/postern/host-key'

/**
 * Enrols this host. Nothing is changed, and the token is not used, where the configuration could not be written afterwards.
 * @throws {Refusal}
 */
export async function enroll(flags: HostFlags): Promise<string> {
  const [name, keyFile] = [nameIn(flags), keyFileIn(flags)]
  const token = tokenIn(flags.required('token-file'))
  const config = readConfig(flags.config, flags)
  const planned = { name, keyFile, verifyKeys: [token.key.text] }
  const isThere = isEnrolledConfig(config, planned)
  const why = isThere ? undefined : obstacle(flags.config, planned)
  if (why !== undefined)
    throw byHand(flags.config, planned, `${why}. The token was not used: run this again then`)

  const draft = draftOf(keyFile, token)
  const key = newKey(draft, name)
  const { set, replaced } = await request(config, { name, token, key, draft })
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

/** @throws {Refusal} unless a key can be put there, and a login could read it */
function keyFileIn(flags: HostFlags): string {
  const file = flags.text('key', USUAL_KEY)
  if (!isAbsolute(file)) throw new Refusal('usage', '-key must be an absolute path')
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw new Refusal('usage', `-key: ${file} is a directory`)
  return file
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

/** Where the new key is until the engine has answered: for each token another file. */
const draftOf = (keyFile: string, { text }: Token): string =>
  `${keyFile}.${bodyDigest(text).slice(0, 16)}.new`

/**
 * Makes the key, and stores it before the engine knows it. Where the answer to an earlier run with this token was lost, it is the key of
 * that run, which the engine may know.
 * @throws {Refusal} if a login could not read it, before the token is used
 */
function newKey(draft: string, name: string): KeyObject {
  if (!existsSync(draft)) {
    const { privateKey } = generateKeyPairSync('ed25519')
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' })
    installFile(draft, Buffer.from(pem), { mode: 0o600 })
  }
  try {
    return requireIdentity({ name, keyFile: draft }).key
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

interface Enrollment {
  readonly name: string
  readonly token: Token
  readonly key: KeyObject
  /** The file of the key. */
  readonly draft: string
}

/** Presents token and key. Only a reply that the key in the token has signed, to this very request, is accepted. */
async function request(
  config: Config,
  { name, token, key, draft }: Enrollment,
): Promise<{ readonly set: TrustedSet; readonly replaced: string }> {
  const asked = { name, publicKey: publicKeyIn(key).text, nonce: randomUUID() }
  const signature = signText(key, enrollText({ ...asked, token: token.text }))
  const { nonce, publicKey } = asked
  // whoever answers in the engine's place could enrol a key of their own with it
  const to = { kind: 'token', mount: config.mount, nonce } as const
  const sealed = sealSecret(new Secret(token.text), token.key, to)
  const reply = await askEngine(config, {
    ...{ method: 'PUT', path: 'enroll' },
    body: { sealed: { [token.key.id]: sealed }, name, public_key: publicKey, nonce, signature },
  })
  // it has refused: the engine does not know the key
  if (reply.status === 400) rmSync(draft, { force: true })
  requireStatus(reply, [200], `enrolling ${name}`)
  const set = trustedSet(reply, [token.key])
  const signatures = Object(memberOf(reply, 'data', 'enrolled_signatures'))
  const replaces = replacesIn(memberOf(reply, 'data', 'replaces'))
  const text = enrolledText({ ...asked, replaces }, set.text)
  if (!isSignedBy(token.key, text, String(signatures[token.key.id])))
    throw new Refusal('protocol', 'the reply is not signed with the key in the token')
  return { set, replaced: replaces ? sentenceFor(replaces) : '' }
}

/** Who had the name before. */
function replacesIn(raw: unknown): ReplacedHost | undefined {
  if (raw === undefined) return undefined
  const { public_key, enrolled_time, enrolled_from } = Object(raw)
  return {
    ...{ public_key: String(public_key), enrolled_time: String(enrolled_time) },
    enrolled_from: String(enrolled_from),
  }
}

const sentenceFor = ({ public_key, enrolled_time, enrolled_from }: ReplacedHost): string =>
  `; it replaces the host that was enrolled at ${enrolled_time} from ${enrolled_from}, with the key ${public_key}`

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
