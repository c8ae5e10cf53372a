import { rmSync } from 'node:fs'
import { parsePrivateKey } from '../../ssh/private-key.ts'
import { publicKeyLine } from '../../ssh/public-key.ts'
import type { World } from '../world.ts'
import { Agent } from './agent.ts'
import type { Credential } from './credential.ts'
import { runSsh } from './run-ssh.ts'
import { BY_KEY, sshOptions, type Target } from './target.ts'
import { temporaryFolder } from './temporary-folder.ts'

interface Run {
  readonly executable: string
  /** The host, and all that ssh is to be given. */
  readonly words: readonly string[]
  readonly choices: Parameters<typeof sshOptions>[1]
  readonly environment: World['environment']
}

/**
 * Runs ssh with a key that has been put on the host. The private key is in the agent, if there is one, and then in no file; else it is
 * in a file while ssh runs. Gives the exit code of ssh.
 */
export async function keyLogin(
  { key, envelope }: Credential,
  target: Target,
  { executable, words, choices, environment }: Run,
): Promise<number> {
  using files = temporaryFolder()
  const agent = new Agent(environment)
  const file = files.write('key', key.reveal())
  const publicFile = files.write(
    'key.pub',
    `${publicKeyLine(parsePrivateKey(key.reveal()).publicKey)}\n`,
  )
  const held = agent.isRunning && (await agent.add(file, envelope.lease_duration))
  // given a public key, ssh finds the private one in the agent
  if (held) rmSync(file)
  try {
    return await runSsh({
      executable,
      words: [...sshOptions(target, choices, BY_KEY), '-i', held ? publicFile : file, ...words],
      environment,
    })
  } finally {
    if (held) await agent.remove(publicFile)
  }
}
