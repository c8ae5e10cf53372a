import { endpoint } from '../../api/endpoint.ts'
import { roles } from '../role/role-table.ts'
import { findCertificate, serialsBy } from './inventory.ts'
import { issuerKind } from './issuer-kind.ts'
import { defaultIssuerId, requireIssuer } from './issuers.ts'
import { rolesOf } from './roles-of-issuer.ts'

const PAGE = 1000

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
      const { tx, now } = call
      const issuer = await requireIssuer(tx, ref)
      let [live, last] = [0, 0]
      for (let after = ''; ; ) {
        const page = await serialsBy(call, ['issuer', issuer.id], { after, limit: PAGE })
        for (const serial of page) {
          const certificate = await findCertificate(tx, serial)
          if (!certificate || certificate.revokedAt !== undefined) continue
          if (certificate.validBefore * 1000 <= now.getTime()) continue
          live++
          last = Math.max(last, certificate.validBefore)
        }
        const end = page.at(-1)
        if (end === undefined) break
        after = end
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
