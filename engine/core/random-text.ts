import { randomBytes } from 'node:crypto'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** The largest multiple of 62 in a byte: bytes from here on would bias the result towards the first letters. */
const FAIR = 4 * BASE62.length

/** Random letters and digits, about 6 bits each. */
export function randomText(length: number): string {
  let text = ''
  // one draw is nearly always enough: 1 of 32 bytes is rejected
  while (text.length < length)
    for (const byte of randomBytes(length * 2))
      if (byte < FAIR && text.length < length) text += BASE62[byte % BASE62.length]
  return text
}
