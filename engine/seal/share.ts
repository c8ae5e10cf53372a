import { Invalid } from '../../shared/invalid.ts'
import { KEY_BYTES } from '../storage/aead.ts'

const HEX = /^(?:[0-9a-f]{2})+$/i
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Bytes written in hex or base64; `undefined` for anything else. */
export function parseBytes(text: string): Buffer | undefined {
  if (text === '') return undefined
  if (HEX.test(text)) return Buffer.from(text, 'hex')
  return BASE64.test(text) ? Buffer.from(text, 'base64') : undefined
}

/** Characters of the longest possible share, in hex. */
const LONGEST = 2 * (KEY_BYTES + 1)

/** Parses a share, or a whole key. @throws {Invalid} with a message of the contract §4.2, without the text */
export function parseShare(text: string): Buffer {
  if (text.length > LONGEST) throw tooLong()
  const share = parseBytes(text)
  if (!share) throw new Invalid("'key' must be a valid hex or base64 string")
  if (share.length < KEY_BYTES)
    throw new Invalid(`invalid key: key is shorter than minimum ${KEY_BYTES} bytes`)
  if (share.length > KEY_BYTES + 1) throw tooLong()
  return share
}

const tooLong = () => new Invalid(`invalid key: key is longer than maximum ${KEY_BYTES + 1} bytes`)
