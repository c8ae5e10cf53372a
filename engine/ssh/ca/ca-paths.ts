import { string } from '../../../shared/field.ts'
import { bodyDigest } from '../../../shared/host-signature.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { requireAny } from '../../api/require-found.ts'
import { listHeaders } from '../otp/signed-list.ts'
import { caKeyFields, caKeyOf } from './ca-keys.ts'
import {
  addIssuer,
  allIssuers,
  deleteIssuer,
  findIssuer,
  type Issuer,
  makeDefault,
} from './issuers.ts'
import { allRevokedAuthorities } from './revocations.ts'

/** `config/ca`: the key that certificates are signed with. Contract §2.8, §2.14. */
export const caConfig = endpoint({
  path: 'config/ca',
  summary: 'Configures the CA key that signs certificates.',
  description:
    'Imports or generates a key pair and makes it the default issuer. The previous default issuer becomes retiring: hosts still trust the certificates that it has signed.',
  fields: caKeyFields,
  prepare: (given, { address }) => caKeyOf(given, address),
  operations: {
    read: async function readCa(_, { tx }) {
      const issuer = await findIssuer(tx, 'default')
      if (!issuer) throw new ApiError('invalid', "keys haven't been configured yet")
      return {
        data: { public_key: issuer.publicKey, issuer_id: issuer.id, issuer_name: issuer.name },
      }
    },
    update: async function configureCa(_, call, { key, publicKey, generated }) {
      const { issuer } = await addIssuer(call, key, { publicKey })
      await makeDefault(call.tx, issuer)
      if (!generated) return undefined
      return { data: { public_key: publicKey, issuer_id: issuer.id, issuer_name: issuer.name } }
    },
    delete: async function deleteCa(_, call) {
      const all = await allIssuers(call.tx)
      for (const issuer of all) await deleteIssuer(call, issuer)
      if (all.length === 0) return undefined
      return {
        data: null,
        warnings: [`Deleted ${all.length} issuers, including default issuer if configured.`],
      }
    },
  },
})

/** `public_key`: the default issuer's line for TrustedUserCAKeys, as text, without authentication. */
export const publicKey = endpoint({
  path: 'public_key',
  access: 'public',
  summary: 'Returns the public key of the default issuer.',
  description: 'Returns one line of text in the format of TrustedUserCAKeys of sshd.',
  fields: {},
  operations: {
    read: async function readPublicKey(_, { tx }) {
      const issuer = await findIssuer(tx, 'default')
      if (!issuer || issuer.state === 'revoked') throw new ApiError('missing')
      return { bare: { status: 200, body: issuer.publicKey } }
    },
  },
})

/** Returned instead of an error, so that hosts stop trusting the last issuer when it is revoked. */
const NONE_TRUSTED = '# no issuer is to be trusted'

/** `public_keys`: the lines of all issuers that hosts should trust, staged and retiring ones included. */
export const publicKeys = endpoint({
  path: 'public_keys',
  access: 'public',
  summary: 'Returns the public keys of all issuers that hosts should trust.',
  description:
    'Returns a file for TrustedUserCAKeys of sshd with all staged, active and retiring issuers, so that hosts need not change at the same moment in a rotation. If there is no such issuer, the file contains only a comment and hosts trust no certificate. The answer to a request with X-Postern-Nonce is signed.',
  fields: {},
  operations: {
    read: async function readPublicKeys(_, call) {
      const lines = await trustedLines(call.tx)
      const body = (lines.length > 0 ? lines : [NONE_TRUSTED]).map(line => `${line}\n`).join('')
      const digest = bodyDigest(body).slice(0, 16)
      const etag = `"${call.mount.id}.${digest}"`
      const listed = { status: 200, etag, bodyDigest: bodyDigest(body) }
      return { bare: { status: 200, body, headers: await listHeaders(call, listed) } }
    },
  },
})

/** `known_hosts`: lines by which users trust the hosts that the issuers have signed. */
export const knownHosts = endpoint({
  path: 'known_hosts',
  access: 'public',
  summary: 'Returns lines for known_hosts that trust all host certificates of the issuers.',
  description:
    'Returns a line "@cert-authority" for each staged, active and retiring issuer, for the host names in "hostnames". Each revoked issuer has a line "@revoked" for all hosts, even after it has been deleted.',
  fields: {
    hostnames: string({
      default: '*',
      description:
        'Comma separated host names, with wildcards as in known_hosts, for example "*.example.com".',
    }),
  },
  operations: {
    read: async function readKnownHosts({ hostnames }, call) {
      if (!/^[\w.*?,:[\]!-]+$/.test(hostnames))
        throw new ApiError('invalid', 'hostnames must be names as in known_hosts, without blanks')
      const trusted = await trustedLines(call.tx)
      const revoked = await revokedLines(call)
      const lines = requireAny([
        ...trusted.map(line => `@cert-authority ${hostnames} ${line}\n`),
        // the file that these lines are added to may still have a line that trusts the issuer, under any name
        ...revoked.map(line => `@revoked * ${line}\n`),
      ])
      return { bare: { status: 200, body: lines.join('') } }
    },
  },
})

/** The public keys of all issuers that are not revoked, one line each, with their names as comments. */
export async function trustedLines(tx: Parameters<typeof allIssuers>[0]): Promise<string[]> {
  const trusted = (await allIssuers(tx)).filter(({ state }) => state !== 'revoked')
  return trusted.map(lineOf)
}

/** The same for revoked issuers, which are kept forever. */
const revokedLines = async (place: Parameters<typeof allRevokedAuthorities>[0]) =>
  (await allRevokedAuthorities(place)).map(lineOf)

function lineOf({ publicKey, name, id }: Pick<Issuer, 'publicKey' | 'id'> & { name?: string }) {
  const [type, base64] = publicKey.trim().split(/[ \t]+/)
  return `${type} ${base64} ${name || id}`
}
