import { may, mayList, sshMounts } from '../api/mounts.ts'
import { text } from '../text.ts'

/** A page that the menu leads to. */
export interface MenuEntry {
  readonly label: string
  /** Path of the API that it shows. */
  readonly path: string
}

/** The pages that the token may use, those of each mount by themselves. */
export function menuEntries(): readonly MenuEntry[] {
  const mounts = sshMounts.value
  return [
    { label: text.pages.access, path: '' },
    { label: text.pages.leases, path: 'sys/leases/self' },
    ...mounts.flatMap(mount => pagesOf(mount, mounts.length > 1 ? ` (${mount})` : '')),
    ...(may('sudo', 'sys/audit') && may('read', 'sys/audit')
      ? [{ label: text.pages.audit, path: 'sys/audit' }]
      : []),
    ...(may('read', 'sys/activity') ? [{ label: text.pages.health, path: 'sys/health' }] : []),
  ]
}

const pagesOf = (mount: string, suffix: string): readonly MenuEntry[] =>
  [
    { label: text.pages.hosts + suffix, path: `${mount}/hosts` },
    { label: text.pages.certificates + suffix, path: `${mount}/certs` },
    { label: text.pages.roles + suffix, path: `${mount}/roles` },
    { label: text.pages.issuers + suffix, path: `${mount}/issuers` },
  ].filter(({ path }) => mayList(path))
