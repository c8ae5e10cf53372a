import { attempt, type Result } from '../../../shared/result.ts'
import { parsePrivateKey } from '../../openssh/parse-private-key.ts'
import { publicKeyLine } from '../../openssh/public-key.ts'
import type { CliIo } from '../cli-io.ts'
import { Agent } from './agent.ts'
import { controlPath } from './control-path.ts'
import type { Credential } from './credential.ts'
import type { Interruption } from './interruption.ts'
import { KeyAgent } from './key-agent.ts'
import { pathOption } from './path-option.ts'
import { privateFolder } from './private-folder.ts'
import { runSsh, type SshEnd } from './run-ssh.ts'
import { sensible } from './sensible.ts'
import { BY_KEY, sshOptions, type Target } from './target.ts'

interface KeyLoginRun {
  readonly executable: string
  /** The arguments of ssh. */
  readonly words: readonly string[]
  readonly choices: Parameters<typeof sshOptions>[1]
  /** Mount and role, which determine the permissions of the key. */
  readonly role: string
  readonly environment: CliIo['environment']
  readonly interruption: Interruption
  readonly output?: number | undefined
}

/**
 * Runs ssh with a dynamic key. The private key is in no file: it is added to the user's agent, or else served by an agent in this
 * process.
 */
export async function keyLogin(
  { key, envelope }: Credential,
  target: Target,
  { executable, words, choices, role, environment, interruption, output }: KeyLoginRun,
): Promise<SshEnd> {
  const read = await attempt(() =>
    parsePrivateKey({ pem: key.reveal(), passphrase: undefined }, 'self'),
  )
  const privateKey = sensible('the private key', () => unwrapped(read))
  using files = privateFolder(environment)
  const publicFile = files.write('key.pub', `${publicKeyLine(privateKey.publicKey)}\n`)
  const agent = new Agent(environment, interruption.signal)
  const held = await agent.addKey(key, envelope.lease_duration)
  try {
    using own = held ? undefined : await KeyAgent.open(privateKey, files.path('agent'))
    const options = [
      ...(own ? [...pathOption('IdentityAgent', files.path('agent')), ...NOT_FORWARDED] : OF_USER),
      // with a public key file, ssh uses the private key in the agent
      ...pathOption('IdentityFile', publicFile),
      ...controlPath(target, ['dynamic', role]),
      ...sshOptions(target, choices, BY_KEY),
    ]
    return await runSsh({
      executable,
      words: [...options, ...words],
      environment,
      interruption,
      output,
    })
  } finally {
    // a new agent: the signal may have been aborted
    if (held) await new Agent(environment).remove(publicFile)
  }
}

/** The agent of this process must not be forwarded. */
const NOT_FORWARDED = ['-o', 'ForwardAgent=no']

/** The agent that has the key, even if the configuration of ssh sets another. */
const OF_USER = ['-o', 'IdentityAgent=SSH_AUTH_SOCK']

function unwrapped<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw result.error
}
