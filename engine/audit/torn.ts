/** The first bytes of every line. */
export const BEGINNING = '{"time":"'

/** Bytes; every line is shorter. */
export const LONGEST = 256 * 1024

const [LF, BLANK, QUOTE, BACKSLASH] = [10, 32, 34, 92]

/**
 * Whether bytes can be a line whose end was never written: the beginning of a JSON object. An inserted line that a reader accepts
 * is a complete object, so it is never torn.
 */
export function isTorn(bytes: Buffer): boolean {
  const text = withoutEnd(bytes)
  if (text.length === 0 || text.length > LONGEST) return false
  if (!BEGINNING.startsWith(text.toString('latin1', 0, BEGINNING.length))) return false
  return isBeginning(text)
}

/** The bytes without line ends at their end, which an engine wrote before it continued. */
function withoutEnd(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === LF) end--
  return bytes.subarray(0, end)
}

/** Whether the bytes end inside the object. */
function isBeginning(bytes: Buffer): boolean {
  let [depth, quoted, escaped] = [0, false, false]
  for (const byte of bytes) {
    // control characters are never written within a line
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
