import { splitList } from '../../../shared/split-list.ts'
import type { Client } from '../client.ts'
import { shownRole } from './shown-role.ts'

/** The extensions that Vault's command line requests, whatever the role allows. */
const USUAL = [
  'permit-X11-forwarding',
  'permit-agent-forwarding',
  'permit-port-forwarding',
  'permit-pty',
  'permit-user-rc',
]

/**
 * The extensions to request: the usual ones that the role allows. `undefined`, to let the role decide, if it has default extensions or the
 * caller may not read it.
 */
export async function grantedExtensions(
  client: Client,
  mount: string,
  role: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  const data = await shownRole(client, mount, role)
  const { allowed_extensions: allowed, default_extensions: usual } = data ?? {}
  const hasOwn = typeof usual === 'object' && usual !== null && Object.keys(usual).length > 0
  if (typeof allowed !== 'string' || allowed === '' || hasOwn) return undefined
  const names = allowed === '*' ? USUAL : USUAL.filter(name => splitList(allowed).includes(name))
  return Object.fromEntries(names.map(name => [name, '']))
}
