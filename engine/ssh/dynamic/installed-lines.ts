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

/** The most characters of a line; a valid key has fewer. */
const LONGEST = 20_000

/**
 * The lines of an authorized_keys file that have a marker of the mount. The owner of the file may have written anything into it: a
 * line is split at blanks without a regular expression that could backtrack, and a key counts only if it can be parsed.
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

/** Whether {@link decodeURIComponent} can decode it. */
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
