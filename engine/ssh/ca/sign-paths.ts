import { randomBytes } from 'node:crypto'
import { duration, map, name, separated, string, type Values } from '../../../shared/field.ts'
import { type Call, callerOf } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { parseAs } from '../../api/invalid-as.ts'
import type { Reply } from '../../api/reply.ts'
import { ttlWarnings } from '../../api/ttl-warnings.ts'
import { certificateType, signCertificate } from '../../openssh/certificate.ts'
import { optionWarnings } from '../../openssh/certificate-options.ts'
import type { SignatureAlgorithm } from '../../openssh/private-key.ts'
import { fingerprintOf, type PublicKey, parsePublicKey } from '../../openssh/public-key.ts'
import { requireHost } from '../host/authenticate-host.ts'
import type { SeenHosts } from '../host/seen-hosts.ts'
import type { CaRole } from '../role/role.ts'
import { roles } from '../role/role-table.ts'
import { rendered } from '../role/templates.ts'
import type { CertificateRequest } from './certificate-request.ts'
import { inventoryKeep } from './certificate-settings-paths.ts'
import { findCertificate, record } from './inventory.ts'
import { findIssuer, type Issuer, signingKey } from './issuers.ts'
import { draftOf, longestTtl } from './modifiers.ts'
import { isRevoked } from './revocations.ts'
import { objection } from './validators.ts'

/** The fields of a certificate request, shared by sign and issue. Contract §2.9. */
export const signFields = {
  role: name({ default: '', plain: true, description: 'Name of a role of type ca.' }),
  ttl: duration({
    default: 0,
    plain: true,
    description:
      "Lifetime of the certificate, at most max_ttl of the role, or else the mount's maximum. The default is ttl of the role, or else the mount's default.",
  }),
  valid_principals: separated({
    default: '',
    plain: true,
    description:
      'Comma separated users or host names that the certificate is valid for. Each must be allowed by allowed_users or allowed_domains of the role. The default for user certificates is default_user of the role; host certificates have no default.',
  }),
  cert_type: string({
    default: 'user',
    plain: true,
    description: 'Type of the certificate: "user" or "host".',
  }),
  key_id: string({
    default: '',
    plain: true,
    description:
      'Key id of the certificate, which sshd logs. Only allowed if the role has allow_user_key_ids. The default is in key_id_format of the role, or else vault-<display name of the token>-<SHA-256 of the public key in hexadecimal>.',
  }),
  critical_options: map({
    default: {},
    description:
      'Critical options, as JSON. They replace default_critical_options of the role; enforced_critical_options still apply.',
  }),
  extensions: map({
    default: {},
    description:
      'Extensions, as JSON. They replace default_extensions of the role. Each must be in allowed_extensions of the role.',
  }),
}

/** `sign/:role`: signs a public key. */
export const sign = (seen: SeenHosts) =>
  endpoint({
    path: 'sign/:role',
    cachedReads: true,
    summary: 'Signs the SSH public key of a user or a host.',
    description:
      'Returns a certificate with what the request asks for and the role allows. The certificate is recorded in the inventory and can be revoked by its serial number. It has no lease: it stays valid until it expires, even if the token of the request is revoked earlier.',
    fields: {
      ...signFields,
      public_key: string({
        default: '',
        required: true,
        description:
          "Public key to sign, in OpenSSH's format: a line with type and base64, or base64 alone.",
      }),
    },
    operations: {
      update: async function signPublicKey({ public_key: line, ...given }, call) {
        await requireHost(call, seen)
        const role = await roles.get(call.tx, given.role)
        if (!role) throw invalid(`Unknown role: ${given.role}`)
        if (line === '') throw invalid('missing public_key')
        return signed(given, role, readKey(line), call)
      },
    },
  })

/** Drafts, validates, signs and records one certificate. */
export async function signed(
  given: Values<typeof signFields>,
  role: { readonly keyType: string },
  key: PublicKey,
  call: Call,
): Promise<Reply & { readonly data: object }> {
  const caRole = requireCa(role, given.cert_type)
  const { role: filled, warnings } = await rendered(caRole, call)
  const request = requestOf(given, filled, key, call)
  const draft = draftOf(request)
  const reason = objection(request, draft)
  if (reason !== undefined) throw invalid(reason)

  await requireUnrevoked(call, draft.keyId, key)
  const issuer = await issuerFor(filled, call)
  const serial = await freshSerial(call)
  const type = request.type === 'host' ? 'host' : 'user'
  const certificate = { ...draft, type, serial } as const
  const authority = signingKey(issuer)
  const algorithm = algorithmOf(filled, authority.publicKey)
  const blob = await signCertificate(certificate, authority, algorithm)
  const { keyId, principals, validAfter, validBefore } = certificate
  const said = [
    ...warnings,
    ...(algorithm === 'ssh-rsa' ? [SHA1] : []),
    ...optionWarnings(certificate),
    ...(given.ttl === 0
      ? ttlWarnings({
          asked: filled.ttl,
          given: longestTtl(request),
          longest: longestTtl(request),
        })
      : []),
  ]
  const { accessor, displayName, entity, createdBy: creator } = callerOf(call)
  record(call, {
    serial: hexOf(serial),
    type,
    keyId,
    principals,
    fingerprint: fingerprintOf(key),
    keyType: key.type,
    role: given.role,
    issuer: issuer.id,
    accessor,
    displayName,
    entity,
    ...(creator !== undefined && { creator }),
    issuedAt: Math.floor(call.now.getTime() / 1000),
    validAfter,
    validBefore,
    revokedAt: undefined,
    forgetAt: (validBefore + (await inventoryKeep(call.tx))) * 1000,
  })
  return {
    data: {
      serial_number: serial.toString(16),
      signed_key: `${certificateType(key.type)} ${blob.toString('base64')}\n`,
      issuer_id: issuer.id,
    },
    event: { name: 'certificate_signed', reason: type },
    ...(said.length > 0 && { warnings: said }),
  }
}

/** A warning and not an error, as in Vault, since old roles use it. */
const SHA1 =
  'signed with SHA-1, as algorithm_signer=ssh-rsa says: OpenSSH 8.2 and later refuse this certificate'

const invalid = (message: string) => new ApiError('invalid', message)

/** A serial number in the form of the inventory. */
const hexOf = (serial: bigint) => serial.toString(16).padStart(16, '0')

function readKey(line: string): PublicKey {
  return parseAs('failed to parse public_key as SSH key: ', () => parsePublicKey(line))
}

/** @throws {ApiError} invalid, with the message for a certificate type that the role does not allow */
function requireCa(role: { readonly keyType: string }, type: string): CaRole {
  if (role.keyType === 'ca') return role as CaRole
  throw invalid(
    type === 'user' || type === 'host'
      ? `cert_type '${type}' is not allowed by role`
      : "cert_type must be either 'user' or 'host'",
  )
}

const requestOf = (
  given: Values<typeof signFields>,
  role: CaRole,
  key: PublicKey,
  call: Call,
): CertificateRequest => ({
  role,
  roleName: given.role,
  key,
  type: given.cert_type,
  keyId: given.key_id,
  principals: given.valid_principals,
  ttl: given.ttl,
  criticalOptions: given.critical_options,
  extensions: given.extensions,
  displayName: callerOf(call).displayName,
  mount: call.mount,
  now: call.now,
})

/** @throws {ApiError} invalid, if hosts would refuse the certificate by its key id or key */
async function requireUnrevoked(call: Call, keyId: string, key: PublicKey): Promise<void> {
  const [byId, byKey] = await Promise.all([
    isRevoked(call, { kind: 'key_id', value: keyId }),
    isRevoked(call, { kind: 'fingerprint', value: fingerprintOf(key) }),
  ])
  if (byId) throw invalid(`key id ${JSON.stringify(keyId)} is revoked`)
  if (byKey) throw invalid('public_key is revoked')
}

async function issuerFor({ issuerRef }: CaRole, { tx }: Call): Promise<Issuer> {
  const issuer = await findIssuer(tx, issuerRef)
  if (!issuer && issuerRef === 'default') throw invalid('no default issuer currently configured')
  if (!issuer) throw invalid(`unable to find issuer for reference: ${issuerRef}`)
  return issuer
}

/** The role's algorithm for an RSA issuer; other keys have only one. @throws {ApiError} invalid */
function algorithmOf(
  { algorithmSigner: wanted }: CaRole,
  { family }: PublicKey,
): SignatureAlgorithm | undefined {
  if (wanted === 'default') return undefined
  if (family === 'rsa') return wanted as SignatureAlgorithm
  throw invalid(`failed to generate signed SSH key: an ${family} issuer cannot sign with ${wanted}`)
}

/** A random 64-bit serial number that no certificate in the inventory has. */
async function freshSerial({ tx }: Call): Promise<bigint> {
  for (;;) {
    const serial = randomBytes(8).readBigUInt64BE()
    if (serial !== 0n && !(await findCertificate(tx, hexOf(serial)))) return serial
  }
}
