/**
 * The URL path of a path of the API, below `/v1/`. Undefined for one with a part that browsers resolve, which would lead to another path
 * than the one that is written.
 */
export function urlPathOf(path: string): string | undefined {
  const parts = path.split('/')
  if (parts.some(isResolved)) return undefined
  return parts.map(part => encodeURIComponent(part.toWellFormed())).join('/')
}

/**
 * The path of the API that a URL path names, without a slash at its ends. Anybody may have written the address, so a part that is no name
 * stays as it is written there: one with a slash in it, one that browsers resolve, and one with a mistake.
 */
export const apiPathOf = (urlPath: string): string =>
  urlPath
    .replace(/^\/+|\/+$/g, '')
    .split('/')
    .map(decoded)
    .join('/')

const isResolved = (part: string) => part === '.' || part === '..'

function decoded(part: string): string {
  try {
    const name = decodeURIComponent(part)
    return name.includes('/') || isResolved(name) ? part : name
  } catch {
    return part
  }
}
