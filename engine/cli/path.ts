import { posix } from 'node:path'

/** A path as the user typed it, without blanks and slashes at its ends. */
export const trimPath = (path: string): string => path.trim().replace(/^\/+|\/+$/g, '')

/** The path of a mount, which ends in a slash. */
export const mountPath = (path: string): string => {
  const trimmed = trimPath(path)
  return trimmed === '' ? '' : `${trimmed}/`
}

/**
 * The path of a request under `base`: cleaned and escaped as Go's clients do, so that what servers see does not depend
 * on which client asked.
 */
export const requestPath = (base: string, path: string): string =>
  posix.join('/', base, 'v1', path).split('/').map(escapeSegment).join('/').replace(/\/+$/, '')

// characters that Go leaves alone in a path
const KEPT: ReadonlySet<string> = new Set(['$', '&', '+', ',', ':', ';', '=', '@'])

const escapeSegment = (segment: string) =>
  encodeURIComponent(segment)
    .replace(/%[0-9A-F]{2}/g, code => {
      const char = decodeIfAscii(code)
      return KEPT.has(char) ? char : code
    })
    .replace(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

const decodeIfAscii = (code: string) => String.fromCharCode(Number.parseInt(code.slice(1), 16))
