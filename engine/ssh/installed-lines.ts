/** A line in authorized_keys that a mount has installed. */
export interface InstalledLine {
  /** `type base64` */
  readonly publicKey: string
  readonly marker: string
  /** Name of its record, if it has one. */
  readonly id: string
}

/** Characters of a line; no key has as many. */
const LONGEST = 20_000

/**
 * The lines of a mount, found by their markers, among those of an authorized_keys file. The owner of the file may have written anything
 * into it, so a line is cut at its blanks, and no expression looks for where to begin.
 */
export function installedLines(lines: readonly string[], mount: string): readonly InstalledLine[] {
  return lines.flatMap(line => {
    if (line.length > LONGEST) return []
    const [type = '', base64 = '', marker = ''] = line.split(' ').slice(-3)
    const [, owner, id = ''] = MARKER.exec(marker) ?? []
    const isOurs = type !== '' && BASE64.test(base64) && owner === mount && isReadable(id)
    return isOurs ? [{ publicKey: `${type} ${base64}`, marker, id }] : []
  })
}

const BASE64 = /^AAAA[A-Za-z0-9+/=]+$/
const MARKER = /^postern:([0-9a-f-]+):((?:[\w.-]|%[0-9A-F]{2})+)$/

/** Whether {@link decodeURIComponent} can read it. */
function isReadable(id: string): boolean {
  try {
    return decodeURIComponent(id) !== ''
  } catch (error) {
    if (error instanceof URIError) return false
    throw error
  }
}
