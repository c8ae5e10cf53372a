import type { Call } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { describeCertificate, revokedIssuers, stateOf } from './describe-certificate.ts'
import { requireBySerial } from './find-by-serial.ts'
import type { Index, SignedCertificate } from './inventory.ts'
import { requireIssuer } from './issuers.ts'
import { liveCertificates } from './live-certificates.ts'
import { type Revocation, revocationFields, revocationOf } from './revocation-fields.ts'

/** The most certificates that one request counts. */
const MOST = 10_000

/** Certificates that are shown of those that are counted, and different principals of them. */
const SHOWN = 20

/** `revoke/preview`: what a revocation would stop. A path of its own, so that no engine can take it for a revocation. */
export const revokePreview = endpoint({
  path: 'revoke/preview',
  summary: 'Tells what a revocation would stop, and changes nothing.',
  description:
    'Takes the parameters of revoke. Counts the certificates that are still valid and would be refused, 10000 at the most, and shows the first of them, the roles and principals that they are for, and when the last would have expired. "later" says whether certificates that are signed afterwards are refused as well.',
  fields: revocationFields,
  operations: {
    update: async function previewRevocation(given, call) {
      const revocation = revocationOf(given)
      const { found, more } = await stoppedBy(revocation, call)
      const last = found.reduce((latest, { validBefore }) => Math.max(latest, validBefore), 0)
      const shown = found.slice(0, SHOWN)
      const principals = [...new Set(found.flatMap(each => each.principals))].sort()
      const revoked = new Set<string>()
      const info = shown.map(
        each => [each.serial, describeCertificate(each, stateOf(each, revoked, call))] as const,
      )
      return {
        data: {
          certificates: found.length,
          ...(more && { more }),
          last_expiry: last === 0 ? null : new Date(last * 1000).toISOString(),
          keys: shown.map(({ serial }) => serial),
          key_info: Object.fromEntries(info),
          roles: [...new Set(found.map(({ role }) => role))].sort(),
          principals: principals.slice(0, SHOWN),
          later: LATER.includes(revocation.by),
        },
      }
    },
  },
})

/** What is refused itself, and not only the certificates that have it so far. */
const LATER: readonly Revocation['by'][] = ['key_id', 'fingerprint', 'issuer_ref']

interface Stopped {
  readonly found: readonly SignedCertificate[]
  /** There are more than were counted. */
  readonly more: boolean
}

async function stoppedBy(revocation: Revocation, call: Call): Promise<Stopped> {
  const revoked = await revokedIssuers(call)
  const found: SignedCertificate[] = []
  for await (const page of meantBy(revocation, call)) {
    // those of a revoked issuer are refused already
    found.push(...page.filter(({ issuer }) => !revoked.has(issuer)))
    if (found.length > MOST) return { found: found.slice(0, MOST), more: true }
  }
  return { found, more: false }
}

async function* meantBy({ by, value }: Revocation, call: Call) {
  if (by === 'serial_number') yield* unlessOver(await requireBySerial(call.tx, value), call)
  else if (by === 'issuer_ref')
    yield* liveCertificates(call, ['issuer', (await requireIssuer(call.tx, value)).id])
  else yield* liveCertificates(call, [INDEX_OF[by], value])
}

const INDEX_OF = {
  key_id: 'key_id',
  fingerprint: 'fingerprint',
  role: 'role',
  entity_id: 'entity',
} as const satisfies Readonly<Record<string, Index>>

function* unlessOver(certificate: SignedCertificate, call: Call) {
  const state = stateOf(certificate, new Set(), call)
  if (state === 'valid' || state === 'not yet valid') yield [certificate]
}
