import type { CliIo } from '../cli-io.ts'
import { drawQrCode } from '../draw-qr-code.ts'
import type { Printer } from '../print.ts'
import type { Target } from '../ssh/target.ts'
import { copyToClipboard } from './clipboard.ts'
import type { IssuedOtp } from './issue-otp.ts'
import { readyCommand } from './ready-command.ts'

interface Showing {
  readonly target: Target
  /** The destination as the user wrote it. */
  readonly typed: string
  readonly copies: boolean
  readonly drawsCode: boolean
  readonly io: CliIo
  readonly print: Printer
}

/** Prints a password with the command that uses it, and copies and draws it if that is wanted. */
export async function showOtp({ credential }: IssuedOtp, showing: Showing): Promise<void> {
  const { target, typed, print, io } = showing
  await print.secret(credential.envelope)
  if (print.format === 'table' && !print.picks)
    print.note(`\nLog in with:\n\n    ${readyCommand(typed, target, credential)}\n`)
  if (showing.copies) {
    const places = await copyToClipboard(credential.key, io.environment)
    print.note(places.length > 0 ? `Copied to ${places.join(', and to ')}.` : NOT_COPIED)
  }
  if (!showing.drawsCode) return
  if (!(await drawQrCode(credential.key.reveal(), io)))
    print.note('There is no terminal to draw the QR code on, or it is too narrow.')
}

const NOT_COPIED =
  'Not copied: there is no terminal, and none of wl-copy, xclip and xsel for a desktop.'
