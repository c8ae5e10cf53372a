import { string } from '../../../shared/field.ts'
import { shown } from '../../../shared/printable.ts'
import type { Call } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import type { Rights } from '../../api/rights.ts'
import { requireOnePlace, type WantedLogin } from '../role/allowed-login.ts'
import { roles } from '../role/role-table.ts'
import { type Explanation, explainRole, explainWhole } from './explain-role.ts'
import { judgeRole, mayAskAtAll, mayAskForAny } from './judge-role.ts'

/** `explain`: who would get which credential, and why not. It judges as `creds` and `sign` do, and issues nothing. */
export const explain = endpoint({
  path: 'explain',
  summary: 'Tells which roles would give a credential for a login, and why the others would not.',
  description:
    'For each role: allowed, or the first rule that refuses it. Without "as", for the token of the request, which needs no policy for it, and only roles whose credentials its policies allow; with sudo on this path, all roles. With "as", for an entity, and all roles; this requires sudo. Without a host, tells what each role gives; with "role" alone, and sudo, also which policies allow to ask for it, except by a path with a template. What sshd, the account or a limit refuses is not judged.',
  // whoever may ask for a credential may ask why it is refused
  isOwner: async () => true,
  fields: {
    role: string({ default: '', description: 'Name of the only role to judge.' }),
    username: string({
      default: '',
      description: 'User to log in as; the default of each role when left out.',
    }),
    ip: string({
      default: '',
      description: 'Address of the host.',
    }),
    host: string({ default: '', description: 'Name of an enrolled host, in place of ip.' }),
    as: string({
      default: '',
      description:
        'Whom to judge for: name or id of an entity, or its name in an auth method. Its policies are its own, those of its groups, and "default".',
    }),
  },
  operations: {
    update: async function explainLogin({ role, as, ...login }, call) {
      const isWhole = login.ip === '' && login.host === ''
      if (!isWhole) requireOnePlace(login)
      const { rights, hasSudo } = await rightsFor(as, call)
      // templates are filled in with the identity of whoever is judged
      const isOne = role !== ''
      const asked = {
        login,
        rights,
        hasSudo,
        isOne,
        call: { ...call, render: rights.render } as Call,
      }
      // a token without rights must not make the engine read all roles
      const tells = hasSudo || mayAskAtAll(rights, call.mount.path)
      const names = isOne ? [role] : tells ? await roles.list(call.tx) : []
      const told: Explanation[] = []
      for (const name of names) {
        const explanation = await explained(name, asked, isWhole)
        if (explanation) told.push(explanation)
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

const NO_RIGHT =
  'there is no such role, or no policy of this token allows to ask for its credentials'

interface Asked {
  readonly login: WantedLogin
  readonly rights: Rights
  /** All roles are told. */
  readonly hasSudo: boolean
  /** A role was named. */
  readonly isOne: boolean
  readonly call: Call
}

/** Undefined for a role that the caller is not told about. */
async function explained(
  name: string,
  asked: Asked,
  isWhole: boolean,
): Promise<Explanation | undefined> {
  const role = await roles.get(asked.call.tx, name)
  if (!role) {
    // a role of any kind would have been told
    if (!asked.hasSudo && !mayAskForAny(name, asked)) return undefined
    return {
      role: name,
      allowed: false,
      refused_by: 'role',
      reason: `Role ${shown(name)} not found`,
    }
  }
  const judged = judgeRole(name, role, asked)
  if (!asked.hasSudo && !judged.verdict.allowed) return undefined
  if (!isWhole) return explainRole(name, judged, asked)
  return explainWhole(name, judged, { ...asked, tellsPolicies: asked.hasSudo && asked.isOne })
}

/** @throws {ApiError} denied, for another's rights without sudo */
async function rightsFor(
  as: string,
  { rightsOf, path }: Call,
): Promise<Pick<Asked, 'rights' | 'hasSudo'>> {
  if (!rightsOf) throw new ApiError('denied', 'permission denied')
  const own = await rightsOf()
  const hasSudo = own.judge({ path, data: {} }).sudo
  if (as === '') return { rights: own, hasSudo }
  if (!hasSudo) throw new ApiError('denied', 'to judge for another requires sudo on this path')
  return { rights: await rightsOf(as), hasSudo }
}
