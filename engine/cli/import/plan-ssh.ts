import { keyId } from './ca-key-files.ts'
import type { Import } from './import-parts.ts'
import { planIssuers } from './plan-issuers.ts'
import { planMount } from './plan-mount.ts'
import { planRole } from './plan-role.ts'
import type { SshMounts } from './ssh-mounts.ts'

/** Plans the SSH mounts with their issuers, roles and zero-address roles. */
export function planSsh(parts: Import): void {
  for (const mount of parts.source.sshMounts) {
    const present = parts.target.sshMounts.find(({ path }) => path === mount.path)
    const other = present ?? parts.target.foreign.find(({ path }) => path === mount.path)
    if (!planMount(parts, [mount, other], { root: 'sys/mounts' })) continue
    const issuers = new Map(present?.issuers.map(each => [keyId(each.publicKey), each.id]))
    const both: SshMounts = { mount, present, issuers }
    planIssuers(parts, both)
    const taken = [...mount.roles.keys()].filter(name => planRole(parts, both, name))
    planZeroAddress(parts, both, taken)
  }
}

/** Zero-address roles that only the target has stay: a write replaces the list. */
function planZeroAddress(
  { builder }: Import,
  { mount, present }: SshMounts,
  taken: readonly string[],
): void {
  const wanted = mount.zeroAddress.filter(name => taken.includes(name))
  if (wanted.length === 0) return
  const path = `${mount.path}config/zeroaddress`
  const roles = [...new Set([...(present?.zeroAddress ?? []), ...wanted])].sort()
  const before = present?.zeroAddress.length ? { roles: present.zeroAddress } : undefined
  builder.compare({
    path,
    before,
    after: { roles },
    async perform(client) {
      await client.write(path, { roles })
    },
  })
}
