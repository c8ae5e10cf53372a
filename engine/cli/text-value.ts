import { withoutByteOrderMark } from '../../shared/byte-order-mark.ts'

/**
 * The value in a file or standard input, without a byte order mark, and without the final newline if it has only one line: editors and
 * `echo` add these, and they are not part of a password or key.
 */
export function textValue(raw: string): string {
  const text = withoutByteOrderMark(raw)
  const line = text.replace(/\r?\n$/, '')
  return /[\r\n]/.test(line) ? text : line
}
