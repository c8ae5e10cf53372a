import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { systemReason } from '../../../shared/system-reason.ts'
import { childEnvironment } from '../child-environment.ts'
import type { CliIo } from '../cli-io.ts'
import { EXIT, Failure } from '../failure.ts'
import type { Interruption } from './interruption.ts'

interface SshRun {
  readonly executable: string
  readonly words: readonly string[]
  readonly environment: CliIo['environment']
  /** Additional variables for ssh. */
  readonly more?: CliIo['environment']
  /** What to do if it cannot be run. */
  readonly advice?: string
  readonly interruption: Interruption
  /** File descriptor that its stdout and stderr go to, and no input; those of this process if undefined. */
  readonly output?: number | undefined
  /** Called with the process id of ssh before it can ask anything. */
  readonly onStart?: (pid: number | undefined) => void
}

/** How ssh ended. */
export interface SshEnd {
  /** That of the remote command; 255 for an error before it; 128 and the number of the signal that ended ssh. */
  readonly code: number
  /** Whether a signal ended ssh, even if ssh handled it: an outer ssh ends the one of its ProxyCommand by SIGHUP. */
  readonly killed: boolean
}

/** Exit code of ssh for an error before the remote command. */
export const SSH_FAILED = 255

/**
 * Runs ssh with the terminal, stdin and stdout of this process, which have not been read or written, unless `output` is given. Signals do not end this process
 * before ssh, since the caller has to clean up.
 */
export async function runSsh(run: SshRun): Promise<SshEnd> {
  const { executable, words, environment, more, interruption, output, onStart } = run
  interruption.signal.throwIfAborted()
  const env = childEnvironment(environment, more)
  try {
    const ssh = spawn(executable, words, {
      stdio: output === undefined ? 'inherit' : ['ignore', output, output],
      env,
    })
    using _ = interruption.passOnTo(ssh)
    onStart?.(ssh.pid)
    const [code, signal] = (await once(ssh, 'close')) as [number | null, NodeJS.Signals | null]
    const killed = code === null || (code === SSH_FAILED && interruption.toldSsh)
    return { code: code ?? 128 + (signal ? constants.signals[signal] : 0), killed }
  } catch (error) {
    throw new Failure(
      `failed to run ssh command: ${executable}: ${systemReason(error)}\n\n${run.advice ?? 'Install the OpenSSH client, or set -ssh-executable.'}`,
      EXIT.server,
    )
  }
}
