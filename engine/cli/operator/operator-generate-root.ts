import { boolean, string } from '../../../shared/field.ts'
import type { Client } from '../client.ts'
import { type Call, command } from '../command.ts'
import type { JsonObject } from '../envelope.ts'
import { during, EXIT, Failure } from '../failure.ts'
import type { Printer } from '../print.ts'
import { dataOf } from '../reply.ts'
import { valueText } from '../value-text.ts'
import { promptShare } from './prompt-share.ts'

const ATTEMPT = 'sys/generate-root/attempt'

const FLAGS = {
  init: boolean({ description: 'Start an attempt. Prints the nonce and the OTP.', default: false }),
  cancel: boolean({ description: 'Cancel the attempt.', default: false }),
  status: boolean({ description: 'Show the progress of the attempt.', default: false }),
  decode: string({ description: 'Encoded token to decode with -otp.' }),
  otp: string({
    description: 'One-time pad for the token, as long as a token. The default is a random one.',
  }),
  nonce: string({
    description: 'Nonce printed by -init. The default is that of the current attempt.',
  }),
}

export const operatorGenerateRoot = command({
  name: 'operator generate-root',
  summary: 'Generate a root token with a quorum of key shares',
  usage: '[options] [KEY | @FILE | -]',
  text: `
Generates a root token when no other is available. One operator starts the attempt and keeps the OTP. Then a quorum of operators provide
their shares of the unseal key, or of the recovery key; the last of them sees the token, encoded with the OTP. Only the holder of the OTP can
decode it.

    $ postern operator generate-root -init
    $ postern operator generate-root
    $ postern operator generate-root -decode=ENCODED -otp=OTP

Starting an attempt requires no token. Before providing a share, compare the nonce with the one that -init printed: otherwise the token may
be for another holder of an OTP.`,
  flags: FLAGS,
  arguments: [0, 1],
  prints: 'field',
  onlyOnce: true,
  async run(call) {
    const { flags, print, connect } = call
    const modes = [flags.init, flags.cancel, flags.status, flags.decode !== undefined]
    if (modes.filter(Boolean).length > 1)
      throw new Failure('give only one of -init, -cancel, -status and -decode')
    if (flags.decode !== undefined) {
      print.line(decoded(flags.decode, flags.otp ?? ''))
      return EXIT.ok
    }
    const client = connect({ namespace: undefined })
    if (flags.cancel) {
      await during('Error canceling root token generation', client.delete(ATTEMPT))
      print.line('Success! Root token generation canceled (if it was started)')
      return EXIT.ok
    }
    const data = await step(call, client)
    await print.map(data, 'root generation', rowsOf(data))
    if (data.encoded_token && !print.picks) print.success(DECODE)
    return EXIT.ok
  },
})

const DECODE =
  '\nThe holder of the OTP decodes it with: postern operator generate-root -decode=ENCODED_TOKEN -otp=OTP'

async function step(call: Call<typeof FLAGS>, client: Client): Promise<JsonObject> {
  const { init, status, otp, nonce } = call.flags
  if (status || init) {
    const request = status ? client.read(ATTEMPT) : client.write(ATTEMPT, otp ? { otp } : {})
    return dataOf('Error generating a root token', request)
  }
  const known = nonce ?? (await nonceOf(client, call.print))
  const key = await promptShare(call, 'Unseal Key (will be hidden): ')
  const update = client.write('sys/generate-root/update', { key, nonce: known })
  return dataOf('Error providing the share', update)
}

async function nonceOf(client: Client, print: Printer): Promise<string> {
  const data = await dataOf('Error generating a root token', client.read(ATTEMPT))
  if (data.started === true) {
    print.note(`Operation nonce: ${valueText(data.nonce ?? '')}`)
    return valueText(data.nonce ?? '')
  }
  throw new Failure('no root token generation is in progress: start one with -init')
}

/** XORs an encoded token with the OTP. @throws {Failure} if their lengths differ */
function decoded(encoded: string, otp: string): string {
  const token = Buffer.from(encoded, 'base64')
  const pad = Buffer.from(otp)
  if (token.length !== pad.length || pad.length === 0)
    throw new Failure('the OTP is not as long as the token: use the one that -init printed')
  return Buffer.from(token.map((byte, at) => byte ^ (pad[at] ?? 0))).toString()
}

const rowsOf = (data: JsonObject): readonly (readonly string[])[] => [
  ['Nonce', valueText(data.nonce ?? '')],
  ['Started', valueText(data.started ?? false)],
  ['Progress', `${valueText(data.progress ?? 0)}/${valueText(data.required ?? '')}`],
  ['Complete', valueText(data.complete ?? false)],
  ...(data.encoded_token ? [['Encoded Token', valueText(data.encoded_token ?? '')]] : []),
  ...(data.otp ? [['OTP', valueText(data.otp ?? '')]] : []),
  ['OTP Length', valueText(data.otp_length ?? '')],
]
