import { existsSync } from 'node:fs'
import { LONGEST_LINE } from './log-line.ts'

/** util-linux's; with its path, since PATH is not used. */
const LOGGER = '/usr/bin/logger'

/** logger splits longer lines. */
const SIZE = String(2 * LONGEST_LINE)

/**
 * Passes a line to logger, which outlives this process: Node has no datagram sockets of the Unix domain.
 * @returns the reason if that failed
 */
export function toSyslog(line: string): string | undefined {
  if (!existsSync(LOGGER)) return `${LOGGER} is not there`
  // loaded only here: most of the time of a login is loading
  const { spawn } = process.getBuiltinModule('node:child_process')
  const { stdin, pid } = spawn(
    LOGGER,
    ['-t', 'postern-helper', '-p', 'authpriv.info', '--size', SIZE],
    { stdio: ['pipe', 'ignore', 'ignore'], env: {}, cwd: '/', detached: true },
  ).on('error', () => {})
  // a line fits into the pipe's buffer
  stdin.on('error', () => {}).end(`${line}\n`)
  return pid === undefined ? `${LOGGER} cannot be started` : undefined
}
