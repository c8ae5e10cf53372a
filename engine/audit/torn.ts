/** What every line of a log begins with. */
export const BEGINNING = '{"time":"'

/** Longer than any line that is written, in bytes. */
export const LONGEST = 256 * 1024

const [LF, BLANK, QUOTE, BACKSLASH] = [10, 32, 34, 92]

/**
 * Whether this can be what is left of one line of which the end was never written: the beginning of a JSON object. Whoever puts something
 * into a log wants it to be read, and what can be read is whole.
 */
export function isTorn(bytes: Buffer): boolean {
  const text = withoutEnd(bytes)
  if (text.length === 0 || text.length > LONGEST) return false
  if (!BEGINNING.startsWith(text.toString('latin1', 0, BEGINNING.length))) return false
  return isBeginning(text)
}

/** The ends of line that were written so that the next line would begin as one. */
function withoutEnd(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === LF) end--
  return bytes.subarray(0, end)
}

/** Whether the object is still open where the bytes end. */
function isBeginning(bytes: Buffer): boolean {
  let [depth, quoted, escaped] = [0, false, false]
  for (const byte of bytes) {
    // neither an end of line nor a NUL is ever written within a line
    if (byte < BLANK) return false
    if (escaped) escaped = false
    else if (byte === BACKSLASH) escaped = quoted
    else if (byte === QUOTE) quoted = !quoted
    else if (!quoted) depth += STEP.get(byte) ?? 0
    if (depth === 0) return false
  }
  return true
}

const STEP = new Map([...'{[}]'].map(sign => [sign.charCodeAt(0), '{['.includes(sign) ? 1 : -1]))
