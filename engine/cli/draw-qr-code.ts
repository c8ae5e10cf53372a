import { stripVTControlCharacters } from 'node:util'
import type { CliIo } from './cli-io.ts'
import { controlTerminal } from './outputs.ts'

/** Bytes of a text whose code still fits on a large terminal. */
const LONGEST = 1000

/** Draws a text as a QR code at the terminal, whatever stdout is. False without a terminal, and if the code does not fit on it. */
export async function drawQrCode(
  text: string,
  { environment, stderr }: Pick<CliIo, 'environment' | 'stderr'>,
): Promise<boolean> {
  if (Buffer.byteLength(text) > LONGEST) return false
  const { qrCode } = await import('./qr-code.ts')
  const { NO_COLOR, TERM } = environment
  const code = qrCode(text, { colored: !NO_COLOR && TERM !== 'dumb' })
  const [line = ''] = code.split('\n')
  const width = stripVTControlCharacters(line).length
  return width <= (stderr.columns ?? width) && controlTerminal(code)
}
