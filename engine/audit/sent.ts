import type { Hasher } from './hasher.ts'
import { plaintextRule } from './plaintext-values.ts'
import { recorded } from './recorded.ts'
import { dataOf } from './reply-section.ts'
import type { RequestContext } from './request-context.ts'

/** Values that are shown of a request without a token. A login or a verify has fewer. */
const UNAUTHENTICATED = 64

/** The data of a request as a line shows it. */
export function sentOf(data: object, context: RequestContext, hasher: Hasher): object {
  const { endpoint, mount, caller, isUnknown } = context
  if (isUnknown) return sizeOf(data)
  if (endpoint?.records) return { data: recorded(data, endpoint.records) }
  const shown = plaintextRule(context, mount?.auditRequestKeys)
  if (caller || !endpoint) return dataOf(hasher.value(data, shown))
  // without a token, members that the endpoint does not declare are only counted
  const all = Object.entries(data)
  const known = all.filter(([name]) => Object.hasOwn(endpoint.fields, name))
  const { value, omitted } = hasher.value(Object.fromEntries(known), shown, UNAUTHENTICATED)
  return dataOf({ value, omitted: omitted + all.length - known.length })
}

const sizeOf = (data: object) => ({
  data_members: Object.keys(data).length,
  data_characters: Object.keys(data).length > 0 ? JSON.stringify(data).length : 0,
})
