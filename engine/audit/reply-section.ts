import { hash } from 'node:crypto'
import type { Auth, Reply, WrapInfo } from '../api/reply.ts'
import type { Request } from '../api/request.ts'
import { cutText } from './cut-text.ts'
import type { DeviceFormat } from './device-format.ts'
import type { Hasher } from './hasher.ts'
import { metadataOf } from './metadata.ts'
import { omitEmpty } from './omit-empty.ts'
import type { ShownValue } from './plaintext-value.ts'
import { plaintextRule } from './plaintext-values.ts'
import { recorded } from './recorded.ts'
import type { RequestContext } from './request-context.ts'

/** The longest warning, in characters, and how many are shown. Warnings quote the request. */
const WARNING = 1024
const WARNINGS = 50

/** The `response` section of a line, and the token that a reply contains. */
export function replyOf(
  { operation }: Request,
  context: RequestContext,
  reply: Reply,
  { hasher, elideLists }: DeviceFormat,
): object {
  const { auth, shownLease, warnings, bare, wrapped, endsLeases } = reply
  // only the log shows the lease that the request has ended
  const lease = shownLease?.id ?? endsLeases?.[0]
  const records = context.endpoint?.records
  if (records) return { data: recorded(Object(bare?.body ?? reply.data), records) }
  const shown = plaintextRule(context, context.mount?.auditResponseKeys)
  const data = bare ? bareData(bare) : reply.data
  const logged = elideLists && operation === 'list' ? elided(data) : data
  return {
    auth: auth && newTokenOf(auth, hasher),
    secret: lease === undefined ? undefined : { lease_id: lease },
    ...(Buffer.isBuffer(bare?.body)
      ? bytesData(bare.body, bare.status)
      : logged && dataOf(hasher.value(logged, shown))),
    wrap_info: wrapped && wrapInfoOf(wrapped, hasher),
    warnings: warnings?.slice(0, WARNINGS).map(warning => cutText(warning, WARNING)),
  }
}

const newTokenOf = (auth: Auth, hasher: Hasher) =>
  omitEmpty({
    client_token: hasher.text(auth.clientToken.reveal()),
    accessor: hasher.accessor(auth.accessor),
    policies: [...new Set([...auth.policies, ...(auth.identityPolicies ?? [])])].sort(),
    token_policies: auth.policies,
    identity_policies: auth.identityPolicies,
    metadata: metadataOf(auth.metadata),
    entity_id: auth.entity,
    token_type: 'service',
    token_ttl: auth.ttl,
    remaining_uses: auth.numUses,
  })

const wrapInfoOf = (wrapped: WrapInfo, hasher: Hasher) => ({
  token: hasher.text(wrapped.token.reveal()),
  accessor: hasher.accessor(wrapped.accessor),
  ttl: wrapped.ttl,
  creation_time: new Date(wrapped.createdAt).toISOString(),
  creation_path: wrapped.path,
})

const bareData = ({ status, body }: NonNullable<Reply['bare']>) =>
  typeof body === 'string' ? { http_raw_body: body, http_status_code: status } : body

/** The length and the SHA-256 of bytes; replies of this kind are public. */
const bytesData = (body: Buffer, status: number) => ({
  data: {
    http_raw_body_sha256: hash('sha256', body, 'hex'),
    http_raw_body_bytes: body.length,
    http_status_code: status,
  },
})

/** Replaces the keys of a list, and their info, by their number, as Vault does. */
const elided = (data: object | null | undefined) =>
  data &&
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => {
      if (key === 'keys' && Array.isArray(value)) return [key, value.length]
      if (key === 'key_info' && typeof value === 'object' && value !== null)
        return [key, Object.keys(value).length]
      return [key, value]
    }),
  )

export const dataOf = ({ value, omitted }: ShownValue) => ({ data: value, data_omitted: omitted })
