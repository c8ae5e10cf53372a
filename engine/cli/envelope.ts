export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

/** Array.isArray, typed for read-only arrays. */
export const isList = (value: Json): value is readonly Json[] => Array.isArray(value)

export type JsonObject = { readonly [key: string]: Json }

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !isList(value)

/** A response of the server, with Vault's names. Contract §1.3. */
export interface Envelope {
  readonly request_id: string
  readonly lease_id: string
  readonly lease_duration: number
  readonly renewable: boolean
  readonly data: JsonObject | null
  readonly warnings: readonly string[] | null
  readonly auth: Auth | null
  readonly wrap_info: WrapInfo | null
}

export interface Auth {
  readonly client_token: string
  readonly accessor: string
  readonly policies?: readonly string[] | null
  readonly token_policies?: readonly string[] | null
  readonly identity_policies?: readonly string[] | null
  readonly metadata?: Readonly<Record<string, string>> | null
  readonly lease_duration: number
  readonly renewable: boolean
}

export interface WrapInfo {
  readonly token: string
  readonly accessor: string
  readonly ttl: number
  readonly creation_time: string
  readonly creation_path: string
  readonly wrapped_accessor?: string
}

const EMPTY: Envelope = {
  request_id: '',
  lease_id: '',
  lease_duration: 0,
  renewable: false,
  data: null,
  warnings: null,
  auth: null,
  wrap_info: null,
}

/** An envelope with the given parts; the others are empty. */
export const envelopeOf = (parts: Partial<Envelope>): Envelope => ({ ...EMPTY, ...parts })
