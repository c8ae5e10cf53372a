import type { Call } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import type { EnvelopeReply } from '../../api/reply.ts'
import { certificatesByOrphans } from './certificates-by-orphans.ts'
import { leaveWhenExpired } from './expired-revocations.ts'
import { requireBySerial } from './find-by-serial.ts'
import { type Index, markRevoked, type SignedCertificate } from './inventory.ts'
import { findIssuer, requireIssuer, revokeIssuer } from './issuers.ts'
import { liveCertificates } from './live-certificates.ts'
import { type Revocation, revocationFields, revocationOf } from './revocation-fields.ts'
import { keptAuthority, revoked, revokeOther, revokeSerials } from './revocations.ts'
import type { Authority } from './revoked-state.ts'

/** The most certificates that one request revokes, since they are written in one commit. */
const MOST = 10_000

/** `revoke`: adds certificates to the key revocation list. */
export const revoke = endpoint({
  path: 'revoke',
  summary: 'Revokes certificates.',
  description:
    'Exactly one of the parameters selects the certificates. A host refuses them as soon as it has fetched the new key revocation list. Revoking a certificate again is not an error. For an entity, "by_orphans" has the serial numbers of valid certificates that were requested by orphan tokens which it has made; they are not revoked.',
  fields: revocationFields,
  operations: {
    update: async function revokeCertificates(given, call) {
      return revokeBy(revocationOf(given), call)
    },
  },
})

async function revokeBy({ by, value }: Revocation, call: Call): Promise<EnvelopeReply> {
  const { tx, now } = call
  if (by === 'serial_number') return one(value, call)
  if (by === 'role') return some('role', value, { call, revokeAll: bySerial })
  if (by === 'entity_id') return ofEntity(value, call)
  if (by === 'issuer_ref') {
    await revokeIssuer(call, await requireIssuer(tx, value))
    return done(0, call)
  }
  await revokeOther(call, { kind: by, value, revokedAt: now.getTime() }, now)
  return some(by, value, { call, revokeAll: mark })
}

async function ofEntity(id: string, call: Call): Promise<EnvelopeReply> {
  const reply = await some('entity', id, { call, revokeAll: bySerial })
  const { serials, more } = await certificatesByOrphans(call, id)
  const left = {
    ...(serials.length > 0 && { by_orphans: serials }),
    ...(more && { more_left: true }),
  }
  return { ...reply, data: { ...reply.data, ...left } }
}

async function one(text: string, call: Call): Promise<EnvelopeReply> {
  const certificate = await requireBySerial(call.tx, text)
  if (certificate.revokedAt !== undefined) return done(0, call)
  await bySerial([certificate], call)
  return done(1, call)
}

interface Manner {
  readonly call: Call
  readonly revokeAll: (some: readonly SignedCertificate[], call: Call) => Promise<void>
}

/** Revokes the certificates in an index that are neither revoked nor expired. */
async function some(by: Index, value: string, { call, revokeAll }: Manner): Promise<EnvelopeReply> {
  let count = 0
  for await (const live of liveCertificates(call, [by, value])) {
    const now = live.slice(0, MOST - count)
    await revokeAll(now, call)
    count += now.length
    if (now.length < live.length)
      return done(count, call, [
        `There are more than ${MOST} certificates: repeat the request to revoke the others.`,
      ])
  }
  return done(count, call, count === 0 ? nothingRevoked(by, value) : [])
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

async function done(
  count: number,
  call: Call,
  warnings: readonly string[] = [],
): Promise<EnvelopeReply> {
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
