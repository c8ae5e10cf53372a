import { Invalid } from '../../../shared/invalid.ts'
import { type HeldCertificate, readCertificate } from '../../openssh/certificate-reader.ts'
import { fingerprintOf, parsePublicKey } from '../../openssh/public-key.ts'
import type { Client } from '../client.ts'
import { RequestError } from '../request-error.ts'
import type { Agent } from './agent.ts'
import type { PrivateFolder } from './private-folder.ts'
import { publicKeys } from './public-keys.ts'
import { sensible } from './sensible.ts'
import type { UserKey } from './user-key.ts'

interface Wanted {
  readonly mount: string
  readonly role: string
  readonly principals: readonly string[]
}

interface Found {
  readonly line: string
  readonly held: HeldCertificate
}

/** The state of a certificate by the inventory of the engine; unknown if there is none or the caller may not read it. */
type CertificateState = 'usable' | 'unusable' | 'other role' | 'unknown'

/** Seconds that a certificate must still be valid for. */
const MIN_REMAINING = 30

/** The certificates in the ssh-agent for one key of the user. */
export class CertificateAgent {
  readonly #agent: Agent
  readonly #key: UserKey
  /** Those that are revoked or expired according to the engine. */
  #unusable: readonly Found[] = []
  /** The agent has one of unknown state, perhaps of another role. */
  #isTaken = false

  constructor(agent: Agent, key: UserKey) {
    this.#agent = agent
    this.#key = key
  }

  /** A certificate of this role and mount for exactly these principals that is neither revoked nor about to expire. */
  async find(wanted: Wanted, client: Client): Promise<string | undefined> {
    const candidates = await this.#candidates(wanted)
    if (candidates.length === 0) return undefined
    const trusted = await issuerKeys(client, wanted.mount)
    for (const each of candidates) {
      if (!trusted.some(authority => authority.equals(each.held.authority))) continue
      const state = await stateOf(each.held, wanted, client)
      if (state === 'usable') return each.line
      if (state === 'unusable') this.#unusable = [...this.#unusable, each]
      this.#isTaken ||= state === 'unknown'
    }
    return undefined
  }

  /**
   * Adds a certificate to the agent, for other programs too. ssh-add adds the plain key with it, which is removed again. If the agent
   * already has the key, nothing is added, since that would replace the key and its restrictions.
   */
  async keep(line: string, files: PrivateFolder): Promise<void> {
    const { privateFile, line: publicLine, key } = this.#key
    for (const [at, each] of this.#unusable.entries())
      await this.#agent.remove(files.write(`unusable${at}.pub`, `${each.line}\n`))
    // each login would add another one, until hosts refuse the client for too many attempts
    if (this.#isTaken) return
    const seconds = secondsLeft(line)
    if (!this.#agent.isRunning || privateFile === undefined || seconds <= 0) return
    const held = (await this.#agent.lines()).map(parsed)
    if (held.some(each => each?.equals(key.blob))) return
    files.write('key-cert.pub', `${line}\n`)
    if (await this.#agent.add(files.link('key', privateFile), seconds))
      await this.#agent.remove(files.write('plain.pub', `${publicLine}\n`))
  }

  /** The certificates that match by their contents, the last to expire first. */
  async #candidates({ principals }: Wanted): Promise<readonly Found[]> {
    const wanted = [...new Set(principals)].toSorted().join()
    const now = Date.now() / 1000
    const fits = (held: HeldCertificate) =>
      held.type === 'user' &&
      held.key.blob.equals(this.#key.key.blob) &&
      held.principals.toSorted().join() === wanted &&
      held.validAfter <= now &&
      held.validBefore > now + MIN_REMAINING
    return (await this.#agent.lines())
      .flatMap(line => {
        const held = certificateIn(line)
        return held && fits(held) ? { line, held } : []
      })
      .toSorted((a, b) => b.held.validBefore - a.held.validBefore)
  }
}

/** Whole seconds that a certificate is still valid for; none or fewer if it has expired. */
export const secondsLeft = (line: string): number =>
  Math.floor(readCertificate(line).validBefore - Date.now() / 1000)

/** The public keys of the issuers of a mount, in wire format; empty if it has none. */
async function issuerKeys(client: Client, mount: string): Promise<readonly Buffer[]> {
  const lines = (await publicKeys(client, mount)) ?? []
  return lines.map(line => sensible('the public key', () => parsePublicKey(line)).blob)
}

async function stateOf(
  held: HeldCertificate,
  wanted: Wanted,
  client: Client,
): Promise<CertificateState> {
  const serial = held.serial.toString(16).padStart(16, '0')
  try {
    const data = (await client.read(`${wanted.mount}/certs/${serial}`))?.data
    if (!data) return 'unknown'
    if (data.fingerprint !== fingerprintOf(held.key) || data.key_id !== held.keyId) return 'unknown'
    if (data.state !== 'valid') return 'unusable'
    return data.role === wanted.role ? 'usable' : 'other role'
  } catch (error) {
    if (error instanceof RequestError) return 'unknown'
    throw error
  }
}

function certificateIn(line: string): HeldCertificate | undefined {
  try {
    return readCertificate(line)
  } catch (error) {
    if (error instanceof Invalid) return undefined
    throw error
  }
}

/** The key in a line, in wire format; `undefined` for certificates and for keys of unsupported types. */
function parsed(line: string): Buffer | undefined {
  try {
    return parsePublicKey(line).blob
  } catch (error) {
    if (error instanceof Invalid) return undefined
    throw error
  }
}
