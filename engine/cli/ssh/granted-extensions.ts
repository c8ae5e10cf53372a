import { splitList } from '../../../shared/split-list.ts'
import type { Client } from '../client.ts'
import { shownRole } from './shown-role.ts'

/** What Vault's command line asks for, whatever the role allows. */
const USUAL = [
  'permit-X11-forwarding',
  'permit-agent-forwarding',
  'permit-port-forwarding',
  'permit-pty',
  'permit-user-rc',
]

/**
 * The extensions to ask for: of the usual ones those that the role allows. Undefined, so that the role decides, where it has extensions
 * of its own, or does not show itself.
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
