import { Secret } from '../../../shared/secret.ts'
import { type PrivateKey, pemForClients } from '../../openssh/private-key.ts'
import { publicKeyLine } from '../../openssh/public-key.ts'
import type { CliIo } from '../cli-io.ts'
import { Failure } from '../failure.ts'
import { Agent } from './agent.ts'
import type { Interruption } from './interruption.ts'
import { KeyAgent } from './key-agent.ts'
import { pathOption } from './path-option.ts'
import type { PrivateFolder } from './private-folder.ts'

interface KeyForSession {
  readonly key: PrivateKey
  /** How long it is valid. */
  readonly seconds: number
  /** Whether the agent must ask the user before each use. */
  readonly confirms: boolean
}

interface Session {
  readonly files: PrivateFolder
  readonly environment: CliIo['environment']
  readonly interruption: Interruption
}

/** A key that ssh can use until this is disposed of. */
export interface HeldKey extends AsyncDisposable {
  /** What makes ssh use the agent that has the key. */
  readonly agentOptions: readonly string[]
  /** File of the public key, by which ssh finds the private key in the agent. */
  readonly publicFile: string
}

/**
 * Holds a private key for ssh in no file: in the user's agent, for as long as it is valid, or else in an agent of this process, so that it
 * is gone however this process ends.
 * @throws {Failure} if the agent must ask before each use, and does not take the key
 */
export async function holdKey(
  { key, seconds, confirms }: KeyForSession,
  { files, environment, interruption }: Session,
): Promise<HeldKey> {
  const publicFile = files.write('key.pub', `${publicKeyLine(key.publicKey)}\n`)
  const agent = new Agent(environment, { signal: interruption.signal, confirms })
  if (await agent.addKey(new Secret(pemForClients(key)), seconds))
    return {
      agentOptions: OF_USER,
      publicFile,
      // a new agent: the signal may have been aborted
      [Symbol.asyncDispose]: () => new Agent(environment).remove(publicFile),
    }
  if (confirms) throw new Failure(NOT_CONFIRMED)
  const own = await KeyAgent.open(key, files.path('agent'))
  return {
    agentOptions: [...pathOption('IdentityAgent', files.path('agent')), ...NOT_FORWARDED],
    publicFile,
    [Symbol.asyncDispose]: async () => own[Symbol.dispose](),
  }
}

const NOT_CONFIRMED =
  'the ssh-agent did not take the key with the condition to ask before each use: leave out -confirm, or start another agent'

/** The agent of this process must not be forwarded. */
const NOT_FORWARDED = ['-o', 'ForwardAgent=no']

/** The agent that has the key, even if the configuration of ssh sets another. */
const OF_USER = ['-o', 'IdentityAgent=SSH_AUTH_SOCK']
