import { qrModules } from '../../shared/qr-modules.ts'

interface QrStyle {
  /** Whether the terminal shows colours: the code is then dark on light, whatever the colours of the terminal. */
  readonly colored: boolean
}

/** Black on white in 256 colours, which themes do not change. */
const BLACK_ON_WHITE = '\u001b[38;5;16;48;5;231m'
const RESET = '\u001b[0m'

/**
 * A text as a QR code for a terminal: two rows of the code in a line, with a quiet zone of two modules. Without colours, light modules are
 * drawn, as for terminals with a dark background; most readers accept the inverse.
 * @throws {Error} for a text of more than about 2 000 bytes
 */
export function qrCode(text: string, { colored }: QrStyle): string {
  const modules = qrModules(text, 2)
  const lines: string[] = []
  for (let row = 0; row < modules.length; row += 2) {
    const [upper = [], lower = []] = [modules[row], modules[row + 1]]
    const blocks = upper.map((dark, column) =>
      colored ? blockOf(dark, lower[column] ?? false) : blockOf(!dark, !lower[column]),
    )
    lines.push(colored ? BLACK_ON_WHITE + blocks.join('') + RESET : blocks.join(''))
  }
  return `${lines.join('\n')}\n`
}

/** A character with its upper and its lower half drawn, or not. */
function blockOf(upper: boolean, lower: boolean): string {
  if (upper) return lower ? '█' : '▀'
  return lower ? '▄' : ' '
}
