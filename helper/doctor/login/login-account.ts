import type { HostView } from '../host-view.ts'
import { quoted } from '../mend.ts'

const DAY = 86_400_000

/** What the system knows of a user. */
export interface Account {
  readonly name: string
  readonly shell: string
  readonly groups: readonly string[]
  /** The fields of shadow(5) that are days since 1970; undefined where the field is empty. */
  readonly shadow: Shadow | undefined
}

interface Shadow {
  readonly changed: number | undefined
  readonly mostDays: number | undefined
  readonly inactive: number | undefined
  readonly expires: number | undefined
  /** Whether the field begins with `!`, which `usermod -L` writes. */
  readonly locked: boolean
}

/** Asks the name service; undefined if there is no such user. */
export function accountOf(host: HostView, user: string): Account | undefined {
  const [line = ''] = host.run(['getent', 'passwd', '--', user]).stdout.split('\n')
  const [name = '', , , , , , shell = ''] = line.split(':')
  if (name === '') return undefined
  const groups = host.run(['id', '-Gn', '--', user]).stdout.trim().split(/\s+/)
  const [entry] = host.run(['getent', 'shadow', '--', user]).stdout.split('\n')
  return { name, shell: shell || '/bin/sh', groups, shadow: shadowIn(entry ?? '') }
}

function shadowIn(line: string): Shadow | undefined {
  const [name = '', password = '', ...fields] = line.split(':')
  if (name === '') return undefined
  const [changed, , mostDays, , inactive, expires] = fields.map(field =>
    field === '' ? undefined : Number(field),
  )
  return { changed, mostDays, inactive, expires, locked: password.startsWith('!') }
}

/**
 * Why the account stage of pam_unix refuses the user, or asks for a new password; undefined if it does not. A locked password is no
 * reason: with UsePAM neither sshd nor pam_unix looks at it.
 */
export function accountProblem({ name, shadow }: Account, now: number) {
  if (!shadow) return undefined
  const { changed, mostDays, inactive, expires } = shadow
  const today = Math.floor(now / DAY)
  const date = (days: number) => new Date(days * DAY).toISOString().slice(0, 10)
  // 0 in either field means never and at once, as shadow(5) says
  if (expires !== undefined && expires > 0 && today >= expires)
    return {
      says: `the account ${name} has expired on ${date(expires)}: the one-time password is used up, and the account is refused`,
      mend: `chage -E -1 ${quoted(name)}`,
    }
  if (changed === 0)
    return {
      says: `${name} must set a new password first (chage -d 0): sshd asks for the password of the account`,
      mend: `chage -d $(date +%F) ${quoted(name)}`,
    }
  if (changed === undefined || mostDays === undefined || mostDays >= 99_999 || mostDays < 0)
    return undefined
  const ended = changed + mostDays
  if (today <= ended) return undefined
  const isOver = inactive !== undefined && inactive >= 0 && today > ended + inactive
  return {
    says: isOver
      ? `the password of the account ${name} expired on ${date(ended)}, and ${inactive} days later the account`
      : `the password of the account ${name} expired on ${date(ended)}: sshd asks for a new one`,
    mend: `chage -M -1 ${quoted(name)}   # or set a new password: passwd ${quoted(name)}`,
  }
}

/** Programs that end a session at once. */
export const refusesSessions = (shell: string): boolean => /\/(?:nologin|false)$/.test(shell)
