import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { EXIT, Failure } from '../failure.ts'
import type { World } from '../world.ts'

interface Run {
  readonly executable: string
  readonly words: readonly string[]
  readonly environment: World['environment']
  /** Told which process ssh is, before ssh can have asked anything. */
  readonly onStart?: (pid: number | undefined) => void
}

/** Signals that the terminal sends to ssh as well: what to do is for ssh to say. */
const LEFT_TO_SSH = ['SIGINT', 'SIGQUIT'] as const
/** Signals that only we get. */
const PASSED_ON = ['SIGTERM', 'SIGHUP'] as const

/**
 * Runs ssh on the terminal, stdin and stdout of this process, which have not been touched. Gives its exit code, which is that
 * of the remote command, and outlives it whatever the person types: there is something to clean up.
 */
export async function runSsh({ executable, words, environment, onStart }: Run): Promise<number> {
  const ssh = spawn(executable, words, { stdio: 'inherit', env: { ...environment } })
  onStart?.(ssh.pid)
  const ignore = () => {}
  const pass = (signal: NodeJS.Signals) => ssh.kill(signal)
  for (const signal of LEFT_TO_SSH) process.on(signal, ignore)
  for (const signal of PASSED_ON) process.on(signal, pass)
  try {
    const [code, signal] = (await once(ssh, 'close')) as [number | null, NodeJS.Signals | null]
    return code ?? 128 + (signal ? constants.signals[signal] : 0)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Failure(
      `failed to run ssh command: ${reason}\n\nInstall OpenSSH's client, or name it with -ssh-executable.`,
      EXIT.server,
    )
  } finally {
    for (const signal of LEFT_TO_SSH) process.off(signal, ignore)
    for (const signal of PASSED_ON) process.off(signal, pass)
  }
}
