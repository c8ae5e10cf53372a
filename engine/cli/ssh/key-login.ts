import { attempt, type Result } from '../../../shared/result.ts'
import { parsePrivateKey } from '../../openssh/parse-private-key.ts'
import type { CliIo } from '../cli-io.ts'
import { controlPath } from './control-path.ts'
import type { Credential } from './credential.ts'
import { holdKey } from './held-key.ts'
import type { Interruption } from './interruption.ts'
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
  /** Whether the agent must ask the user before each use of the key. */
  readonly confirms: boolean
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
  { executable, words, choices, role, environment, interruption, output, confirms }: KeyLoginRun,
): Promise<SshEnd> {
  const read = await attempt(() =>
    parsePrivateKey({ pem: key.reveal(), passphrase: undefined }, 'self'),
  )
  const privateKey = sensible('the private key', () => unwrapped(read))
  using files = privateFolder(environment)
  await using held = await holdKey(
    { key: privateKey, seconds: envelope.lease_duration, confirms },
    { files, environment, interruption },
  )
  const options = [
    ...held.agentOptions,
    // with a public key file, ssh uses the private key in the agent
    ...pathOption('IdentityFile', held.publicFile),
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
}

function unwrapped<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw result.error
}
