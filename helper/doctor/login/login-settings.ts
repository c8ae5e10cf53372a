import { isIP } from 'node:net'
import { parseSshdSettings, type SshdSettings } from '../../commands/sshd-settings.ts'
import type { Context } from '../context.ts'
import { quoted } from '../mend.ts'
import type { Account } from './login-account.ts'
import { type Client, matchesList, matchesPattern, matchesUser } from './match-pattern.ts'

/** The settings of sshd for one login. */
export interface LoginSettings {
  readonly settings: SshdSettings
  /** All values of a keyword, each in a line of its own or in one. */
  readonly all: (keyword: string) => readonly string[]
  /** Where Match blocks make them differ from those outside: `keyword value in place of other`. */
  readonly differences: readonly string[]
  /** Why sshd does not tell them. */
  readonly problem: string | undefined
}

/** Asks sshd with `-T -C`, in which it applies its Match blocks. */
export function loginSettings({ host, sshd }: Context, { user, from }: Client): LoginSettings {
  // sshd needs all three; the name of the client counts only with UseDNS
  const asked = `user=${user},host=${from},addr=${isIP(from) ? from : '127.0.0.1'}`
  const { code, stdout, stderr } = host.run(['sshd', '-T', '-C', asked])
  const settings = parseSshdSettings(stdout)
  return {
    settings,
    all: keyword => valuesOf(stdout, keyword),
    differences: code === 0 ? differencesOf(sshd.text, stdout) : [],
    problem: code === 0 ? undefined : stderr.trim().split('\n')[0] || 'sshd cannot be run',
  }
}

const valuesOf = (text: string, keyword: string): readonly string[] =>
  text.split('\n').flatMap(line => {
    const [name, ...values] = line.split(' ')
    return name === keyword ? values : []
  })

function differencesOf(outside: string, inside: string): readonly string[] {
  const before = new Set(outside.split('\n'))
  return inside.split('\n').filter(line => line !== '' && !before.has(line))
}

/** Why sshd itself does not let the user in, whatever is typed: it then gives the helper junk. */
export function excludedBy(
  { settings, all }: LoginSettings,
  account: Account | undefined,
  client: Client,
): { readonly says: string; readonly mend: string } | undefined {
  const { user } = client
  const change = (what: string) =>
    `editor /etc/ssh/sshd_config   # ${what}, then sshd -t && systemctl reload ssh`
  if (!account)
    return {
      says: `there is no user ${user} on this host: sshd gives PAM junk in place of the password`,
      mend: `useradd -m ${quoted(user)}   # or is the name service of this host away?`,
    }
  const root = settings.get('permitrootlogin') ?? 'prohibit-password'
  if (user === 'root' && root !== 'yes')
    return {
      says: `PermitRootLogin is ${root}: root may not log in by password`,
      mend: `sudo -i   # after a login as another user`,
    }
  const byUser = (keyword: string) =>
    matchesList(all(keyword), pattern => matchesUser(client, pattern))
  const byGroup = (keyword: string) =>
    account.groups.some(group =>
      matchesList(all(keyword), pattern => matchesPattern(group, pattern)),
    )
  if (byUser('denyusers'))
    return { says: `DenyUsers of sshd has ${user}`, mend: change(`take ${user} out of DenyUsers`) }
  if (all('allowusers').length > 0 && !byUser('allowusers'))
    return {
      says: `AllowUsers of sshd does not have ${user} from ${client.from}`,
      mend: change(`add ${user} to AllowUsers`),
    }
  if (byGroup('denygroups'))
    return {
      says: `DenyGroups of sshd has a group of ${user} (${account.groups.join(', ')})`,
      mend: change('correct DenyGroups'),
    }
  return all('allowgroups').length > 0 && !byGroup('allowgroups')
    ? {
        says: `AllowGroups of sshd has no group of ${user} (${account.groups.join(', ')})`,
        mend: `usermod -aG ${quoted(all('allowgroups')[0] ?? '')} ${quoted(user)}`,
      }
    : undefined
}
