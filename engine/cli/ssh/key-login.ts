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
  /** The host, and all that ssh is to be given. */
  readonly words: readonly string[]
  readonly choices: Parameters<typeof sshOptions>[1]
  /** The role, with its mount: what the key may do. */
  readonly role: string
  readonly environment: CliIo['environment']
  readonly interruption: Interruption
}

/**
 * Runs ssh with a key that has been put on the host. The private key is in no file: it is in the user's agent, if there is one that
 * takes it, else in one of this process.
 */
export async function keyLogin(
  { key, envelope }: Credential,
  target: Target,
  { executable, words, choices, role, environment, interruption }: KeyLoginRun,
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
      // given a public key, ssh finds the private one in the agent
      ...pathOption('IdentityFile', publicFile),
      ...controlPath(target, ['dynamic', role]),
      ...sshOptions(target, choices, BY_KEY),
    ]
    return await runSsh({
      executable,
      words: [...options, ...words],
      environment,
      interruption,
    })
  } finally {
    // also when it was stopped
    if (held) await new Agent(environment).remove(publicFile)
  }
}

/** Without an agent of the user there is none to forward. */
const NOT_FORWARDED = ['-o', 'ForwardAgent=no']

/** The agent that was given the key, even if the user's configuration names another. */
const OF_USER = ['-o', 'IdentityAgent=SSH_AUTH_SOCK']

function unwrapped<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw result.error
}
