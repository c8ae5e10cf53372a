import { sshMounts } from '../api/mounts.ts'
import { signal } from '../preact.ts'
import { ask, atSessionEnd } from '../session.ts'

/** A role that the token may ask for a credential. */
export interface OwnRole {
  readonly mount: string
  readonly role: string
  /** Path of the API, and of its page. */
  readonly path: string
}

/** The roles that the policies of the token name. */
export const ownRoles = signal<readonly OwnRole[]>([])

atSessionEnd(() => {
  ownRoles.value = []
})

/** Reads which roles the policies name in full; those that a policy allows by a pattern are found by their host. @throws {ApiFailure} */
export async function readOwnRoles(): Promise<void> {
  const { data } = await ask('sys/internal/ui/resultant-acl')
  const paths = Object.entries(
    data.exact_paths as Readonly<Record<string, { readonly capabilities: readonly string[] }>>,
  )
  ownRoles.value = paths.flatMap(([path, { capabilities }]) => {
    const [, mount = '', role = ''] = /^(.+)\/(?:creds|sign)\/([^/]+)$/.exec(path) ?? []
    const allowed = capabilities.includes('update') || capabilities.includes('create')
    return sshMounts.value.includes(mount) && allowed ? [{ mount, role, path }] : []
  })
}
