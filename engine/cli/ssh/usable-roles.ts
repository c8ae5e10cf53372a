import type { Client } from '../client.ts'
import type { FittingRole } from './fitting-role.ts'
import { unlessRefused } from './shown-role.ts'

/** The roles whose credentials the caller may request. All of them if there is one, if no policy allows to ask, or if it allows none. */
export async function usableRoles(
  client: Client,
  mount: string,
  roles: readonly FittingRole[],
): Promise<readonly FittingRole[]> {
  if (roles.length < 2) return roles
  const pathOf = ({ role, keyType }: FittingRole) =>
    `${mount}/${keyType === 'ca' ? 'sign' : 'creds'}/${role}`
  const paths = roles.map(pathOf)
  const reply = await unlessRefused(client.write('sys/capabilities-self', { paths }))
  const usable = roles.filter(each => {
    const names = reply?.data?.[pathOf(each)]
    return Array.isArray(names) && names.some(name => name === 'update' || name === 'root')
  })
  return usable.length > 0 ? usable : roles
}
