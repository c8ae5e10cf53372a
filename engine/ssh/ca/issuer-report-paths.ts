import { endpoint } from '../../api/endpoint.ts'
import { roles } from '../role/role-table.ts'
import { issuerKind } from './issuer-kind.ts'
import { defaultIssuerId, requireIssuer } from './issuers.ts'
import { liveCertificates } from './live-certificates.ts'
import { rolesOf } from './roles-of-issuer.ts'

/** `issuer/:ref/dependents`: what would stop working if the issuer were deleted. */
export const issuerReport = endpoint({
  path: 'issuer/:issuer_ref/dependents',
  summary: 'Lists the roles and valid certificates that depend on an issuer.',
  description:
    'A retiring issuer can be deleted safely if no role names it and its last certificate has expired. "safe_after" is the time of that expiry.',
  fields: {
    issuer_ref: issuerKind({
      default: '',
      description: 'Name or id of the issuer, or "default".',
    }),
  },
  operations: {
    read: async function readIssuerDependents({ issuer_ref: ref }, call) {
      const { tx } = call
      const issuer = await requireIssuer(tx, ref)
      let [live, last] = [0, 0]
      for await (const page of liveCertificates(call, ['issuer', issuer.id])) {
        live += page.length
        last = page.reduce((latest, { validBefore }) => Math.max(latest, validBefore), last)
      }
      const isDefault = (await defaultIssuerId(tx)) === issuer.id
      return {
        data: {
          issuer_id: issuer.id,
          state: issuer.state,
          is_default: isDefault,
          roles: [...(await rolesOf(tx, issuer)), ...(isDefault ? await followers(tx) : [])].sort(),
          live_certificates: live,
          safe_after: last === 0 ? null : new Date(last * 1000).toISOString(),
        },
      }
    },
  },
})

/** Names of the roles that use the default issuer. */
async function followers(tx: Parameters<typeof rolesOf>[0]): Promise<readonly string[]> {
  const found: string[] = []
  for (const each of await roles.list(tx)) {
    const role = await roles.get(tx, each)
    if (role?.keyType === 'ca' && role.issuerRef === 'default') found.push(each)
  }
  return found
}
