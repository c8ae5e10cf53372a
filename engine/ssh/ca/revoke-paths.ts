import { string } from '../../../shared/field.ts'
import { isControlled } from '../../../shared/printable.ts'
import type { Call } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import type { Reply } from '../../api/reply.ts'
import { leaveWhenExpired } from './expired-revocations.ts'
import { findBySerial } from './find-by-serial.ts'
import {
  findCertificate,
  type Index,
  isFoundBy,
  markRevoked,
  type SignedCertificate,
  serialsBy,
} from './inventory.ts'
import { findIssuer, requireIssuer, revokeIssuer } from './issuers.ts'
import { keptAuthority, revoked, revokeOther, revokeSerials } from './revocations.ts'
import type { Authority } from './revoked-state.ts'

/** The most certificates that one request revokes, since they are written in one commit. */
const MOST = 10_000

const fields = {
  serial_number: string({
    default: '',
    plain: true,
    description: 'Serial number of one certificate, in hexadecimal or in decimal as sshd logs it.',
  }),
  key_id: string({
    default: '',
    plain: true,
    description: 'Key id. Revokes every certificate with it, including later ones.',
  }),
  fingerprint: string({
    default: '',
    plain: true,
    description:
      'Fingerprint of a key, "SHA256:…". Revokes the key and every certificate for it, including later ones.',
  }),
  role: string({
    default: '',
    plain: true,
    description: 'Name of a role. Revokes every certificate signed with it so far.',
  }),
  entity_id: string({
    default: '',
    plain: true,
    description: 'Id of an entity. Revokes every certificate that it has requested so far.',
  }),
  issuer_ref: string({
    default: '',
    plain: true,
    description:
      'Name or id of an issuer. Revokes the issuer and every certificate that it has signed.',
  }),
}

const invalid = (message: string) => new ApiError('invalid', message)

/** `revoke`: adds certificates to the key revocation list. */
export const revoke = endpoint({
  path: 'revoke',
  summary: 'Revokes certificates.',
  description:
    'Exactly one of the parameters selects the certificates. A host refuses them as soon as it has fetched the new key revocation list. Revoking a certificate again is not an error.',
  fields,
  operations: {
    update: async function revokeCertificates(given, call) {
      const named = Object.entries(given).filter(([, value]) => value !== '')
      const [[by = '', value = ''] = []] = named
      if (named.length !== 1) throw invalid(`name exactly one of ${Object.keys(fields).join(', ')}`)
      return revokeBy(by, value, call)
    },
  },
})

async function revokeBy(by: string, value: string, call: Call): Promise<Reply> {
  const { tx, now } = call
  if (by === 'serial_number') return one(value, call)
  if (by === 'role' || by === 'entity_id')
    return some(by === 'role' ? 'role' : 'entity', value, { call, revokeAll: bySerial })
  if (by === 'issuer_ref') {
    await revokeIssuer(call, await requireIssuer(tx, value))
    return done(0, call)
  }
  const kind = by === 'key_id' ? 'key_id' : 'fingerprint'
  if (kind === 'fingerprint' && !/^SHA256:[A-Za-z0-9+/]{43}$/.test(value))
    throw invalid(
      'fingerprint must be of the form "SHA256:" and 43 characters, as ssh-keygen -l shows it',
    )
  // sshd refuses a list that it cannot read, and every login with it
  if (isControlled(value) || Buffer.byteLength(value) > 1024)
    throw invalid('no certificate has such a key id')
  await revokeOther(call, { kind, value, revokedAt: now.getTime() }, now)
  return some(kind, value, { call, revokeAll: mark })
}

async function one(text: string, call: Call): Promise<Reply> {
  const certificate = await findBySerial(call.tx, text)
  if (!certificate) throw invalid(`no certificate has the serial number ${JSON.stringify(text)}`)
  if (certificate.revokedAt !== undefined) return done(0, call)
  await bySerial([certificate], call)
  return done(1, call)
}

interface Manner {
  readonly call: Call
  readonly revokeAll: (some: readonly SignedCertificate[], call: Call) => Promise<void>
}

/** Revokes the certificates in an index that are neither revoked nor expired. */
async function some(by: Index, value: string, { call, revokeAll }: Manner): Promise<Reply> {
  let [count, after] = [0, '']
  for (;;) {
    const page = await serialsBy(call, [by, value], { after, limit: 1000 })
    // in parallel: a remote store answers each read with a round trip
    const found = await Promise.all(page.map(serial => findCertificate(call.tx, serial)))
    const live = found.filter(
      each =>
        each !== undefined &&
        isFoundBy(each, by, value) &&
        each.revokedAt === undefined &&
        !isOver(each, call),
    ) as readonly SignedCertificate[]
    const now = live.slice(0, MOST - count)
    await revokeAll(now, call)
    count += now.length
    if (now.length < live.length)
      return done(count, call, [
        `There are more than ${MOST} certificates: repeat the request to revoke the others.`,
      ])
    const last = page.at(-1)
    if (last === undefined) return done(count, call, count === 0 ? nothingRevoked(by, value) : [])
    after = last
  }
}

/** A key id or a key is refused from now on; nothing else is, so the value may be mistyped. */
const nothingRevoked = (by: Index, value: string): readonly string[] =>
  by === 'role' || by === 'entity'
    ? [`Nothing was revoked: there is no valid certificate of the ${by} ${JSON.stringify(value)}.`]
    : []

async function bySerial(some: readonly SignedCertificate[], call: Call): Promise<void> {
  const authorities = new Map<string, Authority | undefined>()
  for (const { issuer } of some)
    if (!authorities.has(issuer))
      authorities.set(
        issuer,
        (await findIssuer(call.tx, issuer)) ?? (await keptAuthority(call, issuer)),
      )
  const known = some.flatMap(({ issuer, serial }) => {
    const authority = authorities.get(issuer)
    return authority ? [{ issuer, serial, authority }] : []
  })
  await revokeSerials(call, known, call.now)
  leaveWhenExpired(call.tx, some)
  await mark(some, call)
}

/** Marks certificates in the inventory that the KRL revokes by key id or key, not by serial number. */
async function mark(some: readonly SignedCertificate[], { tx, now }: Call): Promise<void> {
  for (const certificate of some) markRevoked(tx, certificate, Math.floor(now.getTime() / 1000))
}

const isOver = ({ validBefore }: SignedCertificate, { now }: Call) =>
  validBefore * 1000 <= now.getTime()

async function done(count: number, call: Call, warnings: readonly string[] = []): Promise<Reply> {
  return {
    data: {
      revoked: count,
      krl_version: await revoked(call, call.now),
      ...(count >= MOST && { more: true }),
    },
    event: { name: 'certificate_revoked' },
    ...(warnings.length > 0 && { warnings }),
  }
}
