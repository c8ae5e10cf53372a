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
  init: boolean({ description: 'Begin. Prints nonce and otp.', default: false }),
  cancel: boolean({ description: 'Give up what has begun.', default: false }),
  status: boolean({ description: 'Tell how far it is.', default: false }),
  decode: string({ description: 'The veiled token, to be shown plain with -otp.' }),
  otp: string({
    description: 'What the token is veiled with; as long as a token. Made up when left out.',
  }),
  nonce: string({ description: 'Nonce that -init has printed. Without it, the server is asked.' }),
}

export const operatorGenerateRoot = command({
  name: 'operator generate-root',
  summary: 'Make a root token with shares of the unseal key',
  usage: '[options] [KEY | -]',
  text: `
Makes a root token when there is none that works. One person begins, and keeps the otp; then as many as it takes give their shares of the unseal key, or of the
recovery key, and the last of them sees the token, veiled with the otp. Only who began can read it.

    $ postern operator generate-root -init
    $ postern operator generate-root
    $ postern operator generate-root -decode=ENCODED -otp=OTP

Anybody may begin, since there may be no token. Whoever gives a share must hold the nonce that is shown against the one that -init has
printed: else the token may be for somebody else.`,
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
    return EXIT.ok
  },
})

async function step(call: Call<typeof FLAGS>, client: Client): Promise<JsonObject> {
  const { init, status, otp, nonce } = call.flags
  if (status || init) {
    const request = status ? client.read(ATTEMPT) : client.write(ATTEMPT, otp ? { otp } : {})
    return dataOf('Error generating a root token', request)
  }
  const known = nonce ?? (await nonceOf(client, call.print))
  const key = await promptShare(call, 'Unseal Key (will be hidden): ')
  const update = client.write('sys/generate-root/update', { key, nonce: known })
  return dataOf('Error giving the share', update)
}

async function nonceOf(client: Client, print: Printer): Promise<string> {
  const data = await dataOf('Error generating a root token', client.read(ATTEMPT))
  if (data.started === true) {
    print.note(`Operation nonce: ${valueText(data.nonce ?? '')}`)
    return valueText(data.nonce ?? '')
  }
  throw new Failure('no root token is being made: begin with -init')
}

/** Takes the veil from a token. @throws {Failure} if the otp is not the one */
function decoded(encoded: string, otp: string): string {
  const veiled = Buffer.from(encoded, 'base64')
  const veil = Buffer.from(otp)
  if (veiled.length !== veil.length || veil.length === 0)
    throw new Failure('the otp is not as long as the token: give the one that -init has printed')
  return Buffer.from(veiled.map((byte, at) => byte ^ (veil[at] ?? 0))).toString()
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
