import { isDeepStrictEqual } from 'node:util'
import { isList, isObject, type Json } from '../envelope.ts'

/** Whether two servers mean the same by two values: an absent value, an empty one and 0 do, and lists have no order. */
export const isSameValue = (one: Json | undefined, other: Json | undefined): boolean =>
  (isEmpty(one) && isEmpty(other)) || isDeepStrictEqual(plain(one ?? null), plain(other ?? null))

/** Whether a value says nothing, so that a server may leave it out. */
export function isEmpty(value: Json | undefined): boolean {
  if (isObject(value)) return Object.keys(value).length === 0
  return (
    value === undefined ||
    value === null ||
    value === '' ||
    value === 0 ||
    value === false ||
    (isList(value) && value.length === 0)
  )
}

function plain(value: Json): Json {
  if (isList(value)) return value.map(plain).toSorted(byText)
  if (isObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]))
  return value
}

const byText = (one: Json, other: Json): number =>
  JSON.stringify(one) < JSON.stringify(other) ? -1 : 1
