import { posix } from 'node:path'

/** A path without blanks and slashes at its ends. */
export const trimPath = (path: string): string => path.trim().replace(/^\/+|\/+$/g, '')

/** The path of a mount, which ends in a slash. */
export const mountPath = (path: string): string => {
  const trimmed = trimPath(path)
  return trimmed === '' ? '' : `${trimmed}/`
}

/**
 * The path of a request under `base`, normalized and escaped as in Go's clients, so that servers get the same path from every client.
 */
export const requestPath = (base: string, path: string): string =>
  posix.join('/', base, 'v1', path).split('/').map(escapeSegment).join('/').replace(/\/+$/, '')

// characters that Go does not escape in a path
const KEPT: ReadonlySet<string> = new Set(['$', '&', '+', ',', ':', ';', '=', '@'])

const escapeSegment = (segment: string) =>
  encodeURIComponent(segment)
    .replace(/%[0-9A-F]{2}/g, code => {
      const char = decodeIfAscii(code)
      return KEPT.has(char) ? char : code
    })
    .replace(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

const decodeIfAscii = (code: string) => String.fromCharCode(Number.parseInt(code.slice(1), 16))
