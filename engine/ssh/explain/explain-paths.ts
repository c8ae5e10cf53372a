import { string } from '../../../shared/field.ts'
import { shown } from '../../../shared/printable.ts'
import type { Call } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import type { Rights } from '../../api/rights.ts'
import { requireOnePlace } from '../role/allowed-login.ts'
import { roles } from '../role/role-table.ts'
import { type Explanation, explainRole, mayAsk } from './explain-role.ts'

/** `explain`: who would get which credential, and why not. It judges as `creds` and `sign` do, and issues nothing. */
export const explain = endpoint({
  path: 'explain',
  summary: 'Tells which roles would give a credential for a login, and why the others would not.',
  description:
    'For each role: allowed, or the first rule that refuses it. Without "as", for the token of the request, which needs no policy for it, and only roles that its policies allow, unless "role" names one. With "as", for an entity, and all roles; this requires sudo. What sshd, the account or a limit refuses is not judged.',
  // whoever may ask for a credential may ask why it is refused
  isOwner: async () => true,
  fields: {
    role: string({ default: '', description: 'Name of the only role to judge.' }),
    username: string({
      default: '',
      description: 'User to log in as; the default of each role when left out.',
    }),
    ip: string({ default: '', required: 'without host', description: 'Address of the host.' }),
    host: string({ default: '', description: 'Name of an enrolled host, in place of ip.' }),
    as: string({
      default: '',
      description:
        'Name or id of the entity to judge for, with the policies of its groups and "default".',
    }),
  },
  operations: {
    update: async function explainLogin({ role, as, ...login }, call) {
      requireOnePlace(login)
      const rights = await rightsFor(as, call)
      // templates are filled in with the identity of whoever is judged
      const asked = { login, rights, call: { ...call, render: rights.render } as Call }
      const names = role === '' ? await roles.list(call.tx) : [role]
      const told: Explanation[] = []
      for (const name of names) {
        if (as !== '' || mayAsk(name, asked)) told.push(await explained(name, asked))
        // who may not ask for its credentials does not learn whether there is such a role
        else if (role !== '')
          told.push({ role, allowed: false, refused_by: 'policy', reason: NO_RIGHT })
      }
      return {
        data: {
          allowed: told.some(each => each.allowed),
          ...(rights.entity !== undefined && { entity: rights.entity }),
          roles: told,
        },
      }
    },
  },
})

const NO_RIGHT = 'no policy of this token allows to ask for credentials of this role'

async function explained(
  name: string,
  asked: Parameters<typeof explainRole>[2],
): Promise<Explanation> {
  const role = await roles.get(asked.call.tx, name)
  if (role) return explainRole(name, role, asked)
  return { role: name, allowed: false, refused_by: 'role', reason: `Role ${shown(name)} not found` }
}

/** @throws {ApiError} denied, for another's rights without sudo */
async function rightsFor(as: string, { rightsOf, path }: Call): Promise<Rights> {
  if (!rightsOf) throw new ApiError('denied', 'permission denied')
  const own = await rightsOf()
  if (as === '') return own
  if (!own.judge({ path, data: {} }).sudo)
    throw new ApiError('denied', 'to judge for another requires sudo on this path')
  return rightsOf(as)
}
