import { Refusal } from '../refusal.ts'
import type { SshdAbilities } from './sshd-lines.ts'

/** What decides where the lines go. */
export interface HostFacts {
  /** /etc/os-release; empty if there is none. */
  readonly osRelease: string
  /** Whether the C library is musl. */
  readonly isMusl: boolean
  readonly abilities: SshdAbilities
  /** Whether a file exists. */
  readonly exists: (file: string) => boolean
  /** The text of sshd's configuration file; undefined if it is not there. */
  readonly sshdConfig: string | undefined
}

/** Where the lines go on this host. */
export interface Layout {
  readonly family: Family
  /** A stack of our own, or our lines in that of the distribution. */
  readonly stack: 'own' | 'inline'
  /** A file of our own in sshd_config.d, or a block in sshd_config. */
  readonly settings: 'drop-in' | 'block'
}

type Family = 'Debian' | 'RHEL' | 'SUSE' | 'Arch'

/** By ID and ID_LIKE of os-release(5). */
const FAMILIES: readonly (readonly [Family, readonly string[]])[] = [
  ['Debian', ['debian', 'ubuntu']],
  ['RHEL', ['rhel', 'fedora', 'centos', 'rocky', 'almalinux', 'ol', 'amzn']],
  ['SUSE', ['suse', 'opensuse', 'opensuse-leap', 'opensuse-tumbleweed', 'sles']],
  ['Arch', ['arch', 'archarm']],
]

export const BY_HAND = 'set it up by hand: docs/hosts.md'

/**
 * Recognizes the layout of this host.
 * @throws {Refusal} with a sentence where there is no PAM for sshd, or the layout is not known
 */
export function layoutOf(facts: HostFacts): Layout {
  const ids = idsIn(facts.osRelease)
  if (ids.includes('alpine') || facts.isMusl)
    throw new Refusal(
      'settings',
      'Alpine and other systems with musl are not supported: their sshd is built without PAM, so nothing can ask for one-time passwords there',
    )
  const [family] = FAMILIES.find(([, known]) => ids.some(id => known.includes(id))) ?? []
  if (!family)
    throw new Refusal(
      'settings',
      `this distribution is not known (${ids.join(', ') || 'no /etc/os-release'}); known are those like Debian, RHEL, SUSE and Arch; ${BY_HAND}`,
    )
  requireServiceOfSshd(facts)
  return {
    family,
    stack: facts.abilities.namesService ? 'own' : 'inline',
    settings: includesFolder(facts.sshdConfig ?? '') ? 'drop-in' : 'block',
  }
}

/** @throws {Refusal} if sshd has no stack: both ours and that of `other` would then decide */
function requireServiceOfSshd({ exists, abilities }: HostFacts): void {
  const [own, vendor] = ['/etc/pam.d/sshd', '/usr/lib/pam.d/sshd'].map(exists)
  if (own || (vendor && abilities.namesService)) return
  throw new Refusal(
    'settings',
    vendor
      ? `PAM has sshd's stack only in /usr/lib/pam.d, and this sshd has no PAMServiceName: copy it to /etc/pam.d/sshd first`
      : '/etc/pam.d/sshd is not there, so PAM takes the service "other" for sshd: install openssh-server whole first',
  )
}

function idsIn(osRelease: string): readonly string[] {
  const value = (key: string) =>
    new RegExp(`^${key}=["']?([^"'\n]*)`, 'm').exec(osRelease)?.[1]?.toLowerCase() ?? ''
  return [value('ID'), ...value('ID_LIKE').split(/\s+/)].filter(Boolean)
}

/** Whether sshd_config includes sshd_config.d before its first Match block, in which the settings would not hold for all. */
function includesFolder(config: string): boolean {
  const [global = ''] = config.split(/^\s*Match\s/im)
  return /^\s*Include\s(?:.*[\s/"])?sshd_config\.d\/\*\.conf/im.test(global)
}
