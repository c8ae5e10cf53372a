import { ApiError } from '../api/errors.ts'
import { tooComplex } from './json-limits.ts'

type Data = Readonly<Record<string, unknown>>

/** Members of a form or a query; as many as a JSON text may have. */
const MEMBERS = 500
const FORM = 'application/x-www-form-urlencoded'
const MERGE_PATCH = 'application/merge-patch+json'

/** The data in a query, without `help` and `list`. The values of a repeated key become a list. */
export function queryData(query: URLSearchParams): Data {
  if (query.size === 0) return {}
  const data = new Map<string, string | string[]>()
  for (const [key, value] of query) {
    if (key === 'help' || key === 'list') continue
    const before = data.get(key)
    if (before === undefined) data.set(key, value)
    else if (typeof before === 'string') data.set(key, [before, value])
    else before.push(value)
  }
  return Object.fromEntries(data)
}

/** @throws {ApiError} invalid, for too many members: parsing them is work that unauthenticated clients could cause */

export function checkQuery(query: URLSearchParams): void {
  if (query.size > MEMBERS)
    throw new ApiError('invalid', `refused query: more than ${MEMBERS} members`)
}

/**
 * The data in a body: JSON for any content type; a form only if declared and if it does not look like JSON.
 * @throws {ApiError} Contract §1.1.
 */
export function bodyData(body: Buffer, contentType: string): Data {
  const text = body.toString()
  return mediaType(contentType) === FORM && !/^\s*[[{]/.test(text)
    ? formData(text)
    : jsonData(body, text)
}

/** @throws {ApiError} unless the content type is that of a merge patch */
export function checkPatch(contentType: string): void {
  if (mediaType(contentType) !== MERGE_PATCH)
    throw new ApiError(
      'wrong media type',
      `PATCH requires Content-Type of ${MERGE_PATCH}, provided ${contentType}`,
    )
}

function jsonData(body: Buffer, text: string): Data {
  const complexity = tooComplex(body)
  if (complexity !== undefined)
    throw new ApiError('invalid', `refused JSON input due to high complexity: ${complexity}`)
  if (text.trim() === '') return {}
  const value = parsed(text)
  if (value === null) return {}
  if (typeof value === 'object' && !Array.isArray(value)) return value as Data
  throw undecodable(
    `expected an object, got ${Array.isArray(value) ? 'a list' : `a ${typeof value}`}`,
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // the parser's message may quote the body, which may contain secrets
    const position = /at position \d+/.exec(String(error))?.[0]
    throw undecodable(position ? `not valid JSON ${position}` : 'not valid JSON')
  }
}

function formData(text: string): Data {
  const data = new Map<string, string>()
  if (text.split('&', MEMBERS + 1).length > MEMBERS)
    throw new ApiError('invalid', `refused form: more than ${MEMBERS} members`)
  if (/%(?![\da-f]{2})/i.test(text)) throw new ApiError('invalid', 'error parsing form data')
  for (const [key, value] of new URLSearchParams(text)) {
    const before = data.get(key)
    data.set(key, before === undefined ? value : `${before},${value}`)
  }
  return Object.fromEntries(data)
}

const undecodable = (detail: string) =>
  new ApiError('invalid', `failed to decode JSON input: ${detail}`)

const mediaType = (contentType: string) => contentType.split(';', 1)[0]?.trim().toLowerCase()
