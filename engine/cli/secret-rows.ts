import { formatDuration } from '../../shared/duration.ts'
import type { Auth, Envelope, WrapInfo } from './envelope.ts'
import { fieldText, quotedList } from './value-text.ts'

type Row = readonly [key: string, value: string]

/** The rows of a response: lease, token and wrapping first, then the data by name. */
export function secretRows(envelope: Envelope): readonly Row[] {
  const { data, auth, wrap_info } = envelope
  const values = Object.keys(data ?? {})
    .sort()
    .map(key => [key, fieldText(key, data?.[key] ?? null)] as const)
  return [
    ...leaseRows(envelope),
    ...(auth ? authRows(auth) : []),
    ...(wrap_info ? wrapRows(wrap_info) : []),
    ...values,
  ]
}

function leaseRows({ lease_id, lease_duration, renewable }: Envelope): readonly Row[] {
  if (lease_duration <= 0) return []
  // a secret without a lease may have a refresh interval
  if (lease_id === '') return [['refresh_interval', formatDuration(lease_duration)]]
  return [
    ['lease_id', lease_id],
    ['lease_duration', formatDuration(lease_duration)],
    ['lease_renewable', String(renewable)],
  ]
}

const authRows = (auth: Auth): readonly Row[] => [
  ['token', auth.client_token],
  ['token_accessor', auth.accessor],
  // a token without expiry, such as a root token, has no duration
  ['token_duration', auth.lease_duration === 0 ? '∞' : formatDuration(auth.lease_duration)],
  ['token_renewable', String(auth.renewable)],
  ['token_policies', quotedList(auth.token_policies)],
  ['identity_policies', quotedList(auth.identity_policies)],
  ['policies', quotedList(auth.policies)],
  ...Object.entries(auth.metadata ?? {}).map(
    ([key, value]) => [`token_meta_${key}`, value] as const,
  ),
]

const wrapRows = (wrap: WrapInfo): readonly Row[] => [
  ['wrapping_token:', wrap.token],
  ['wrapping_accessor:', wrap.accessor],
  ['wrapping_token_ttl:', formatDuration(wrap.ttl)],
  ['wrapping_token_creation_time:', wrap.creation_time],
  ['wrapping_token_creation_path:', wrap.creation_path],
  ...(wrap.wrapped_accessor ? [['wrapped_accessor:', wrap.wrapped_accessor] as const] : []),
]
