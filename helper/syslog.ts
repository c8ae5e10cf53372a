import { existsSync } from 'node:fs'
import { LONGEST_LINE } from './log-line.ts'

/** util-linux's, with its path, since there is no PATH. */
const LOGGER = '/usr/bin/logger'

/** More than any line of ours has: what is longer it would cut in two. */
const SIZE = String(2 * LONGEST_LINE)

/**
 * Hands a line to a program that goes on when this one has ended: Node itself does not speak syslog's kind of socket.
 * @returns why it could not
 */
export function toSyslog(line: string): string | undefined {
  if (!existsSync(LOGGER)) return `${LOGGER} is not there`
  // loaded only here, since most of the time of a login goes into loading
  const { spawn } = process.getBuiltinModule('node:child_process')
  const { stdin, pid } = spawn(
    LOGGER,
    ['-t', 'postern-helper', '-p', 'authpriv.info', '--size', SIZE],
    { stdio: ['pipe', 'ignore', 'ignore'], env: {}, cwd: '/', detached: true },
  ).on('error', () => {})
  // a line is shorter than what a pipe takes at once
  stdin.on('error', () => {}).end(`${line}\n`)
  return pid === undefined ? `${LOGGER} cannot be started` : undefined
}
