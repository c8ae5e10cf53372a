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

/** Certificates that one request revokes at the most: they are written in one commit. */
const MOST = 10_000

const fields = {
  serial_number: string({
    default: '',
    plain: true,
    description: 'Serial number of one certificate, in hexadecimal, or in decimal as sshd logs it.',
  }),
  key_id: string({
    default: '',
    plain: true,
    description: 'Key id: every certificate with it, also one that is signed later.',
  }),
  fingerprint: string({
    default: '',
    plain: true,
    description:
      'Fingerprint of a key, "SHA256:…": the key itself and every certificate for it, also one that is signed later.',
  }),
  role: string({
    default: '',
    plain: true,
    description: 'Role: every certificate that it has signed until now.',
  }),
  entity_id: string({
    default: '',
    plain: true,
    description: 'Entity: every certificate that it has asked for until now.',
  }),
  issuer_ref: string({
    default: '',
    plain: true,
    description: 'Issuer: every certificate that it has signed. It cannot sign any more.',
  }),
}

const invalid = (message: string) => new ApiError('invalid', message)

/** `revoke`: has sshd refuse certificates, by way of the key revocation list. */
export const revoke = endpoint({
  path: 'revoke',
  summary: 'Revokes certificates.',
  description:
    'Exactly one of the fields says which. Hosts refuse them as soon as they have the new key revocation list. Revoking twice is no error.',
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
  // one that sshd cannot read would have it refuse the whole list, and with it every login
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

/** Revokes what is found by an index, and is not revoked or over already. */
async function some(by: Index, value: string, { call, revokeAll }: Manner): Promise<Reply> {
  let [count, after] = [0, '']
  for (;;) {
    const page = await serialsBy(call, [by, value], { after, limit: 1000 })
    // at once, so that a store with round trips needs only a few
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
      return done(count, call, [`There are more than ${MOST}: ask again for the others.`])
    const last = page.at(-1)
    if (last === undefined) return done(count, call)
    after = last
  }
}

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

/** For what the list refuses by its key id or its key, and need not by its serial number. */
async function mark(some: readonly SignedCertificate[], { tx, now }: Call): Promise<void> {
  for (const certificate of some) markRevoked(tx, certificate, Math.floor(now.getTime() / 1000))
}

const isOver = ({ validBefore }: SignedCertificate, { now }: Call) =>
  validBefore * 1000 <= now.getTime()

async function done(count: number, call: Call, warnings: readonly string[] = []): Promise<Reply> {
  return {
    data: { revoked: count, krl_version: await revoked(call, call.now) },
    event: { name: 'certificate_revoked' },
    ...(warnings.length > 0 && { warnings }),
  }
}
