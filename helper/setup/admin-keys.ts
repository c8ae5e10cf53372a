import { lstatSync, realpathSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { outputOf } from '../commands/run-program.ts'
import { Refusal } from '../refusal.ts'

/** Groups whose members may become root, by the usual configuration of sudo. */
const GROUPS = ['sudo', 'wheel', 'admin']

/** An administrator, and why sshd accepts no key of theirs; undefined if it does. */
export interface Administrator {
  readonly user: string
  readonly obstacle: string | undefined
}

/** A user of this host, and the settings of sshd for their login, as `sshd -T -C` prints them. */
export interface Account {
  readonly user: string
  readonly uid: number
  readonly home: string
  readonly shell: string
  readonly groups: readonly string[]
  readonly settings: string
}

/** Root and the members of the groups that may become root. @param settingsFor what `sshd -T -C` prints for a user */
export function administrators(settingsFor: (user: string) => string): readonly Administrator[] {
  const members = GROUPS.flatMap(group => fieldsOf('group', group)?.[3]?.split(',') ?? [])
  return [...new Set(['root', ...members.filter(Boolean)])].map(user => {
    const [, , uid, , , home = '/', shell = ''] = fieldsOf('passwd', user) ?? []
    if (uid === undefined) return { user, obstacle: 'no such user' }
    const groups = outputOf('id', ['id', '-Gn', user]).trim().split(' ')
    const account = { user, uid: Number(uid), home, shell, groups, settings: settingsFor(user) }
    return { user, obstacle: obstacleFor(account, authorizedKeys) }
  })
}

/** Why sshd accepts no key of a user. @param keysIn whether a file has keys that sshd would use for them; otherwise why not */
export function obstacleFor(
  account: Account,
  keysIn: (file: string, account: Account) => string | undefined,
): string | undefined {
  const { user, shell, settings } = account
  const value = (name: string) => valuesOf(settings, name)[0] ?? ''
  if (/\/(?:nologin|false)$/.test(shell)) return `the shell is ${shell}`
  if (value('pubkeyauthentication') !== 'yes') return 'PubkeyAuthentication is no'
  const methods = value('authenticationmethods')
  if (!/^(?:any|)$/.test(methods) && !methods.split(' ').includes('publickey'))
    return `AuthenticationMethods is ${methods}`
  if (
    user === 'root' &&
    !/^(?:yes|prohibit-password|without-password)$/.test(value('permitrootlogin'))
  )
    return `PermitRootLogin is ${value('permitrootlogin')}`
  const excluded = exclusionOf(account)
  if (excluded) return excluded
  const files = value('authorizedkeysfile')
    .split(' ')
    .filter(file => file && file !== 'none')
  const reasons = files.map(file => keysIn(pathOf(file, account), account))
  return reasons.includes(undefined) ? undefined : (reasons[0] ?? 'AuthorizedKeysFile is none')
}

function exclusionOf({ user, groups, settings }: Account): string | undefined {
  const matches = (name: string, names: readonly string[], isAllowed: boolean) => {
    const patterns = valuesOf(settings, name).flatMap(line => line.split(' '))
    if (patterns.length === 0) return isAllowed
    return names.some(each =>
      // of "user@host" only the user is known here
      patterns.some(pattern => globOf(pattern.replace(/@.*/, '')).test(each)),
    )
  }
  if (matches('denyusers', [user], false)) return 'DenyUsers excludes the user'
  if (!matches('allowusers', [user], true)) return 'AllowUsers excludes the user'
  if (matches('denygroups', groups, false)) return 'DenyGroups excludes the user'
  if (!matches('allowgroups', groups, true)) return 'AllowGroups excludes the user'
  return undefined
}

const globOf = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern.replace(/[.*+?^${}()|[\]\\]/g, char => (char === '*' ? '.*' : char === '?' ? '.' : `\\${char}`))}$`,
  )

const valuesOf = (settings: string, name: string): readonly string[] =>
  settings
    .split('\n')
    .flatMap(line =>
      line.toLowerCase().startsWith(`${name} `) ? [line.slice(name.length + 1)] : [],
    )

/** The tokens of AuthorizedKeysFile. sshd_config(5) */
function pathOf(file: string, { user, uid, home }: Account): string {
  const tokens: Readonly<Record<string, string>> = { h: home, u: user, U: String(uid), '%': '%' }
  return resolve(
    home,
    file.replace(/%([huU%])/g, (_, token) => tokens[token] ?? ''),
  )
}

/** Why sshd would use no key of a file; undefined if it has one. StrictModes is taken to be on. */
function authorizedKeys(file: string, { uid, home }: Account): string | undefined {
  try {
    const real = realpathSync(file)
    for (let at = real; ; at = dirname(at)) {
      const { mode, uid: owner } = lstatSync(at)
      if ((owner !== 0 && owner !== uid) || (mode & 0o022) !== 0)
        return `${at} belongs to another user, or others can write it`
      if (at === '/' || at === home) break
    }
    outputOf(file, ['ssh-keygen', '-l', '-f', real])
    return undefined
  } catch (error) {
    if (error instanceof Refusal) return `${file} has no key`
    return `${file} is not there`
  }
}

/** A line of a table of the name service. */
function fieldsOf(table: 'group' | 'passwd', name: string): readonly string[] | undefined {
  try {
    return outputOf('getent', ['getent', table, name]).trim().split(':')
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}
