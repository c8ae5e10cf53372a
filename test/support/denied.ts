import { expect } from 'chai'
import type { Ended, Host } from './lab.ts'

/** Where the helper explains its decisions, and where sshd, which judges keys and certificates itself, logs. */
const LOGS = ['/var/log/postern-helper.log', '/var/log/auth.log']

/** What sshd logs where it refuses a user by itself and gives no other reason: no key fits, or nobody may log in now. */
export const BY_SSHD = /(?:closed|reset) by authenticating user \S+ /

/** How often a log is read again, every 50 ms: syslog writes after sshd has answered. */
const TRIES = 400

/**
 * Asserts that `host` refuses `login`, and that a line which it logs meanwhile gives `reason`. An exit code alone is the same for a host
 * that is away, or whose key is not known.
 */
export async function denied(
  login: () => Promise<Ended>,
  reason: RegExp,
  host: Host,
): Promise<Ended> {
  const before = await logsOf(host)
  const ended = await login()
  expect(ended, ended.stderr).to.deep.include({ code: 255, stdout: '' })
  expect(ended.stderr).to.match(/Permission denied \(|^Connection closed by /m)
  for (let tries = 1; ; tries++) {
    const lines = (await logsOf(host)).flatMap((text, log) => linesOf(text, before[log]))
    if (lines.some(line => reason.test(line))) return ended
    if (tries === TRIES)
      expect.fail(`${host.name} does not give the reason ${reason}:\n${lines.join('\n')}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

const logsOf = (host: Host) => Promise.all(LOGS.map(file => host.read(file)))

/** The new lines that tell of a refusal. */
const linesOf = (text: string, before = '') =>
  text
    .slice(before.length)
    .split('\n')
    .filter(line => /decision=denied|sshd(?:-\w+)?\[/.test(line))
