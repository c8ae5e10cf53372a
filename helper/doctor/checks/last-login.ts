import { check } from '../check.ts'
import type { Context } from '../context.ts'
import { setKey } from '../mend.ts'

const RECENT = 15 * 60_000

export const lastLogin = check({
  name: 'last-login',
  text: 'The last line in the log of the helper: whether a good password was refused for the sake of this host in the last 15 minutes.',
  dependsOn: ['configuration'],
  causes: {
    address:
      'The password was for another address of this host, or for one that NAT translates to it.',
    role: 'The role of the password is not in allowed_roles.',
    loopback: 'The client dialled an address that every host has.',
  },
  run: context => {
    const line = lastDecision(context)
    if (!line || !/decision=denied/.test(line)) return undefined
    const [, reason = ''] = /reason="((?:[^"\\]|\\.)*)"/.exec(line) ?? []
    // clients choose the names of users, and a command that is copied must not run what they wrote
    const [, dialled = 'ADDRESS'] = / host=([\d.:a-f]+)(?: |$)/.exec(line) ?? []
    const [, user = 'USER'] = / user=(\w[\w.@-]*)(?: |$)/.exec(line) ?? []
    if (/for another ip|for the address/.test(reason))
      return {
        ...{ level: 'warning', cause: 'address' },
        says: `the last password was not for ${dialled}, the address that ${user} had dialled: it was for another one of this host, or the host is behind NAT`,
        mend: `postern write ${context.config.mount}/creds/ROLE username=${user} ip=${dialled}   # a password for the dialled address; behind NAT: ${setKey(context, 'allowed_cidr_list', '["PUBLIC-ADDRESS/32"]')}`,
      }
    if (/role/.test(reason) && /not (?:allowed|in allowed_roles)/.test(reason))
      return {
        ...{ level: 'warning', cause: 'role' },
        says: `the last password of ${user} was of a role that allowed_roles does not have`,
        mend: `${setKey(context, 'allowed_roles', '"*"')}   # or add the role`,
      }
    return /address of many hosts/.test(reason)
      ? {
          ...{ level: 'warning', cause: 'loopback' },
          says: `${user} dialled ${dialled}, an address that every host has`,
          mend: setKey(context, 'allowed_cidr_list', `["${dialled}"]`),
        }
      : undefined
  },
})

/** The newest line about a login, if it is recent. */
function lastDecision(context: Context): string | undefined {
  const { config, host } = context
  const file = config.logFile ?? '/var/log/auth.log'
  const fromFile = host.stat(file) ? host.run(['tail', '-n', '400', file]).stdout : ''
  const text =
    fromFile ||
    host.run(['journalctl', '-q', '-t', 'postern-helper', '-n', '50', '-o', 'short-iso']).stdout
  const line = text.split('\n').findLast(each => / postern-helper.*\bdecision=/.test(each))
  return line !== undefined && context.time() - timeOf(line, context.time()) < RECENT
    ? line
    : undefined
}

/** ISO 8601, or without a year, as syslog daemons write it in local time. */
function timeOf(line: string, now: number): number {
  const [iso] = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)/.exec(line) ?? []
  if (iso !== undefined) return Date.parse(iso)
  const [old] = /^\w{3} [ \d]\d [\d:]{8}/.exec(line) ?? []
  return old === undefined ? 0 : Date.parse(`${old} ${new Date(now).getFullYear()}`)
}
