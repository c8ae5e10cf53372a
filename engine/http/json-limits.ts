/** Strings in a JSON text, including member names. */
const STRINGS = 1000
/** Values of other kinds. */
const VALUES = 100_000
/** Nested lists and objects. */
const DEPTH = 100

const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * Why a JSON text is too complex, or undefined. Checked on the bytes before parsing, since the values of a small body could need many
 * times its size in memory. Contract §1.1.
 */
export function tooComplex(json: Buffer): string | undefined {
  let [strings, values, depth] = [0, 0, 0]
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case QUOTE:
        at = endOfString(json, at)
        if (++strings > STRINGS) return `more than ${STRINGS} strings`
        break
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > DEPTH) return `nested more than ${DEPTH} levels deep`
        values++
        break
      case 0x5d: // ]
      case 0x7d: // }
        depth--
        break
      case 0x2c: // ,
        if (++values > VALUES) return `more than ${VALUES} values`
    }
  }
  return undefined
}

/** The index of the quote that closes the string opened at `open`, or the length of the text. */
function endOfString(json: Buffer, open: number): number {
  let close = json.indexOf(QUOTE, open + 1)
  while (close >= 0 && isEscaped(json, close)) close = json.indexOf(QUOTE, close + 1)
  return close < 0 ? json.length : close
}

function isEscaped(json: Buffer, at: number): boolean {
  let before = at
  while (json[before - 1] === BACKSLASH) before--
  return (at - before) % 2 === 1
}
