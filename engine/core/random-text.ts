import { randomBytes } from 'node:crypto'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** The multiples of 62 that a byte can have: bytes from here on would make the first letters likelier than the others. */
const FAIR = 4 * BASE62.length

/** Random letters and digits, about 6 bits each. */
export function randomText(length: number): string {
  let text = ''
  // one draw is nearly always enough: of 32 bytes one is left out
  while (text.length < length)
    for (const byte of randomBytes(length * 2))
      if (byte < FAIR && text.length < length) text += BASE62[byte % BASE62.length]
  return text
}
