import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, constants, existsSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** What pam_exec tells a program. */
export const PAM = {
  PAM_TYPE: 'auth',
  PAM_USER: 'ubuntu',
  PAM_SERVICE: 'sshd',
  SSH_CONNECTION: '10.9.9.9 50000 10.1.2.3 22',
}

/** One whole process: milliseconds from its start to its end, and the most memory it had, in MiB. */
export interface Run {
  readonly wall: number
  readonly peak: number
  /** Milliseconds of processor time, in steps of 10. */
  readonly cpu: number
}

/** The command of a login. */
export const helperWith = (config: string) => [
  join(import.meta.dirname, '../../dist/helper'),
  `-config=${config}`,
  '-log-level=error',
]

/** Runs a login, or something beside it, once. @throws {Error} if it fails */
export function measure(command: readonly string[], input: string, folder: string): Run {
  const report = join(folder, 'peak')
  const stdin = pipeWith(input, folder)
  const begun = performance.now()
  const { status, stderr } = spawnSync(
    '/usr/bin/time',
    ['-f', '%M %U %S', '-o', report, ...command],
    // OpenBao's command does not start without a home
    { stdio: [stdin, 'pipe', 'pipe'], env: { ...PAM, HOME: folder } },
  )
  const wall = performance.now() - begun
  closeSync(stdin)
  if (status !== 0) throw new Error(`${command[0]} ended with ${status}: ${stderr}`)
  const [peak = 0, user = 0, system = 0] = readFileSync(report, 'utf8').split(' ').map(Number)
  return { wall, peak: peak / 1024, cpu: (user + system) * 1000 }
}

/** The value in the middle. */
export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** The end to read of a pipe with the text in it, as pam_exec gives it: Node would make a socket, which takes the program 4 ms more to read. */
function pipeWith(text: string, folder: string): number {
  const file = join(folder, 'stdin')
  if (!existsSync(file)) execFileSync('mkfifo', [file])
  const end = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  const writer = openSync(file, 'w')
  writeSync(writer, text)
  closeSync(writer)
  return end
}
