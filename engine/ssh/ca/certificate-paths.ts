import { fieldKind, integer, oneOf, string } from '../../../shared/field.ts'
import type { Call } from '../../api/call.ts'
import { type AccessCheck, endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { requireFound } from '../../api/require-found.ts'
import { readInTurns } from '../../storage/read-in-turns.ts'
import type { Page } from '../../storage/store.ts'
import {
  CERTIFICATE_STATES,
  type CertificateState,
  describeCertificate,
  revokedIssuers,
  stateOf,
} from './describe-certificate.ts'
import { certificatesMeant, findBySerial } from './find-by-serial.ts'
import {
  findCertificate,
  type Index,
  type SignedCertificate,
  serials,
  serialsBy,
} from './inventory.ts'
import { paddedSerial } from './serial.ts'

const LIMIT = 1000

/** The most certificates that one request reads to fill a page. */
const LOOKED_AT = 10_000

// the most selective first: the index of the first one given is used
const byValue = {
  key_id: string({ default: '', description: 'Only certificates with this key id.' }),
  fingerprint: string({
    default: '',
    description: 'Only certificates for the key with this fingerprint, "SHA256:…".',
  }),
  entity_id: string({
    default: '',
    description: 'Only certificates that this entity has requested.',
  }),
  principal: string({ default: '', description: 'Only certificates for this principal.' }),
  role: string({ default: '', description: 'Only certificates signed with this role.' }),
  issuer_id: string({ default: '', description: 'Only certificates signed by this issuer.' }),
}

const INDEX_OF: Readonly<Record<string, Index>> = {
  key_id: 'key_id',
  principal: 'principal',
  fingerprint: 'fingerprint',
  role: 'role',
  entity_id: 'entity',
  issuer_id: 'issuer',
}

const serialNumber = fieldKind({
  type: 'string',
  schema: { type: 'string' },
  pattern: '[0-9A-Fa-f:x]+',
  parse: String,
})({ default: '', description: 'Serial number in hexadecimal, or in decimal as sshd logs it.' })

/** `certs` and `certs/:serial`: the inventory of signed certificates. */
export const certificatePaths = [
  endpoint({
    path: 'certs',
    summary: 'Lists or searches the signed certificates.',
    description:
      'Returns serial numbers in ascending order, one page at a time. For the next page, set "after" to the last serial number of the previous page, or to "next", if the search stopped early. A certificate must meet all conditions.',
    fields: {
      ...byValue,
      state: oneOf(...CERTIFICATE_STATES)({
        description:
          'Only certificates in this state: "valid", "not yet valid", "expired" or "revoked".',
      }),
      search: string({
        default: '',
        description:
          'Only certificates whose serial number, key id, role, display name, or one of whose principals, contains this, in any case.',
      }),
      after: string({ default: '', description: 'Starts the page after this serial number.' }),
      limit: integer({ default: LIMIT, description: 'Maximum number of certificates in a page.' }),
    },
    operations: {
      list: async function listCertificates({ after, limit, state, search, ...values }, call) {
        if (limit < 1 || limit > 10 * LIMIT)
          throw new ApiError('invalid', `limit must be from 1 to ${10 * LIMIT}`)
        const begin = after === '' ? '' : paddedSerial(after)
        if (begin === undefined)
          throw new ApiError('invalid', `after is not a serial number: ${JSON.stringify(after)}`)
        const revoked = await revokedIssuers(call)
        const conditions = Object.entries(values).filter(([, value]) => value !== '')
        const wanted = { conditions, state, search: search.toLowerCase(), revoked }
        const { found, next } = await matching(wanted, { after: begin, limit }, call)
        if (found.length === 0 && next === undefined) throw new ApiError('missing')
        const info = found.map(
          each => [each.serial, describeCertificate(each, stateOf(each, revoked, call))] as const,
        )
        return {
          data: {
            keys: found.map(({ serial }) => serial),
            key_info: Object.fromEntries(info),
            ...(next !== undefined && { next }),
          },
          ...(next !== undefined && {
            warnings: [`There may be more certificates: repeat the request with after=${next}`],
          }),
        }
      },
    },
  }),
  endpoint({
    path: 'certs/:serial_number',
    summary: 'Reads a signed certificate.',
    description:
      'Returns the contents of the certificate, who requested it, and its state: not yet valid, valid, expired or revoked. The entity that requested a certificate can read it without a policy.',
    fields: { serial_number: serialNumber },
    isOwner: isOwnCertificate,
    operations: {
      read: async function readCertificate({ serial_number: text }, call) {
        const certificate = requireFound(await findBySerial(call.tx, text))
        const state = stateOf(certificate, await revokedIssuers(call), call)
        return {
          data: { serial_number: certificate.serial, ...describeCertificate(certificate, state) },
        }
      },
    },
  }),
]

/** The entity that requested a certificate may read it, also with a token of a later login. */
async function isOwnCertificate(
  ...[given, { tx, caller }]: Parameters<AccessCheck>
): Promise<boolean> {
  const meant = await certificatesMeant(tx, String(given.serial_number))
  const isOwn = ({ accessor, entity }: SignedCertificate) =>
    accessor === caller?.accessor || (entity !== undefined && entity === caller?.entity)
  return meant.length > 0 && meant.every(isOwn)
}

interface Wanted {
  /** Names of parameters, and values that are not empty. */
  readonly conditions: readonly (readonly [name: string, value: string])[]
  readonly state: CertificateState | undefined
  /** In lower case. */
  readonly search: string
  /** Ids of the issuers whose certificates are all revoked. */
  readonly revoked: ReadonlySet<string>
}

interface Matching {
  readonly found: readonly SignedCertificate[]
  /** The last serial number read, if the search stopped before its end. */
  readonly next?: string
}

/** At most one page of certificates that meet all conditions, found by the index of the first one. */
async function matching(
  wanted: Wanted,
  { after: begin, limit }: Required<Page>,
  call: Call,
): Promise<Matching> {
  const { tx } = call
  const { conditions, state, search } = wanted
  const [[by = '', value = ''] = []] = conditions
  const index = INDEX_OF[by]
  const isAny = conditions.length <= 1 && state === undefined && search === ''
  const found: SignedCertificate[] = []
  let [after, lookedAt] = [begin, 0]
  while (lookedAt < LOOKED_AT) {
    // without another condition, each one read is one of the page
    const page = { after, limit: isAny ? Math.min(limit - found.length, LIMIT) : LIMIT }
    const names = index ? await serialsBy(call, [index, value], page) : await serials(tx, page)
    const read = await readInTurns(names, serial => findCertificate(tx, serial))
    found.push(...read.filter(each => each !== undefined).filter(each => meets(each, wanted, call)))
    if (found.length >= limit) return { found: found.slice(0, limit) }
    const last = names.at(-1)
    if (last === undefined) return { found }
    after = last
    lookedAt += names.length
  }
  return { found, next: after }
}

const meets = (certificate: SignedCertificate, wanted: Wanted, call: Call): boolean =>
  wanted.conditions.every(condition => has(certificate, condition)) &&
  (wanted.state === undefined || stateOf(certificate, wanted.revoked, call) === wanted.state) &&
  (wanted.search === '' || contains(certificate, wanted.search))

function has(certificate: SignedCertificate, [by, value]: readonly [string, string]): boolean {
  if (by === 'principal') return certificate.principals.includes(value)
  const own = {
    key_id: certificate.keyId,
    fingerprint: certificate.fingerprint,
    role: certificate.role,
    entity_id: certificate.entity,
    issuer_id: certificate.issuer,
  }
  return own[by as keyof typeof own] === value
}

const contains = (
  { serial, keyId, role, displayName, principals }: SignedCertificate,
  text: string,
): boolean =>
  [serial, keyId, role, displayName, ...principals].some(each => each.toLowerCase().includes(text))
