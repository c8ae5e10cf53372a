import type { Hasher } from './hasher.ts'
import { showing } from './plaintext-values.ts'
import { recorded } from './recorded.ts'
import { dataOf } from './reply-section.ts'
import type { RequestContext } from './request-context.ts'

/** How many values are shown of what somebody without a token has sent: no login and no password that is redeemed comes with so many. */
const STRANGERS = 64

/** What a line shows of what was sent. */
export function sentOf(data: object, context: RequestContext, hasher: Hasher): object {
  const { endpoint, mount, caller, isUnknown } = context
  if (isUnknown) return sizeOf(data)
  if (endpoint?.records) return { data: recorded(data, endpoint.records) }
  const shown = showing(context, mount?.auditRequestKeys)
  if (caller || !endpoint) return dataOf(hasher.value(data, shown))
  // anybody may send what the endpoint does not know, as often as a login; it is counted only
  const all = Object.entries(data)
  const known = all.filter(([name]) => Object.hasOwn(endpoint.fields, name))
  const { value, omitted } = hasher.value(Object.fromEntries(known), shown, STRANGERS)
  return dataOf({ value, omitted: omitted + all.length - known.length })
}

const sizeOf = (data: object) => ({
  data_members: Object.keys(data).length,
  data_characters: Object.keys(data).length > 0 ? JSON.stringify(data).length : 0,
})
