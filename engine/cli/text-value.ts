import { withoutByteOrderMark } from '../../shared/byte-order-mark.ts'

/**
 * What a file or standard input gives as one value. Editors and `echo` end a line of text, and some programs begin it with a byte
 * order mark; neither belongs to a password or a key. So the mark is left out, and so is a final newline where it is the only one.
 */
export function textValue(raw: string): string {
  const text = withoutByteOrderMark(raw)
  const line = text.replace(/\r?\n$/, '')
  return /[\r\n]/.test(line) ? text : line
}
