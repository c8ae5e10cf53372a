import { Invalid } from '../../../shared/invalid.ts'
import { parsePublicKey } from '../../openssh/public-key.ts'

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
 * into it, so a line is cut at its blanks, no expression looks for where to begin, and a key is one only if it is whole.
 */
export function installedLines(lines: readonly string[], mount: string): readonly InstalledLine[] {
  return lines.flatMap(line => {
    if (line.length > LONGEST) return []
    const [type = '', base64 = '', marker = ''] = line.split(' ').slice(-3)
    const [, owner, id = ''] = MARKER.exec(marker) ?? []
    const publicKey = `${type} ${base64}`
    const isOurs = type !== '' && owner === mount && isReadable(id) && isKey(publicKey)
    return isOurs ? [{ publicKey, marker, id }] : []
  })
}

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

function isKey(publicKey: string): boolean {
  try {
    parsePublicKey(publicKey)
    return true
  } catch (error) {
    if (error instanceof Invalid) return false
    throw error
  }
}
