import type { Auth, Envelope, Json, WrapInfo } from './envelope.ts'

/** The field of a response that `-field` names, by the names in its table. */
export function secretField(envelope: Envelope, name: string): Json | undefined {
  const { auth, wrap_info, data } = envelope
  const own = auth
    ? part(AUTH, name)?.(auth)
    : wrap_info
      ? part(WRAP, name)?.(wrap_info)
      : undefined
  if (own !== undefined) return own
  const plain = auth || wrap_info ? undefined : part(PLAIN, name)
  return plain ? plain(envelope) : part(data ?? {}, name)
}

/** An own property, so that names such as `constructor` find nothing. */
const part = <T>(parts: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(parts, name) ? parts[name] : undefined

const AUTH: Readonly<Record<string, (auth: Auth) => Json>> = {
  token: auth => auth.client_token,
  token_accessor: auth => auth.accessor,
  token_duration: auth => auth.lease_duration,
  token_renewable: auth => auth.renewable,
  token_policies: auth => auth.token_policies ?? [],
  identity_policies: auth => auth.identity_policies ?? [],
  policies: auth => auth.policies ?? [],
}

const WRAP: Readonly<Record<string, (wrap: WrapInfo) => Json>> = {
  wrapping_token: wrap => wrap.token,
  wrapping_accessor: wrap => wrap.accessor,
  wrapping_token_ttl: wrap => wrap.ttl,
  wrapping_token_creation_time: wrap => wrap.creation_time,
  wrapping_token_creation_path: wrap => wrap.creation_path,
  wrapped_accessor: wrap => wrap.wrapped_accessor ?? '',
}

const PLAIN: Readonly<Record<string, (envelope: Envelope) => Json>> = {
  lease_duration: envelope => envelope.lease_duration,
  lease_id: envelope => envelope.lease_id,
  request_id: envelope => envelope.request_id,
  renewable: envelope => envelope.renewable,
  refresh_interval: envelope => envelope.lease_duration,
  data: envelope => envelope.data?.data ?? envelope.data,
}
