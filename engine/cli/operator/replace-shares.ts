import { boolean, integer, oneOf, string } from '../../../shared/field.ts'
import type { Client } from '../client.ts'
import type { Call } from '../command.ts'
import type { JsonObject } from '../envelope.ts'
import { during, EXIT, Failure } from '../failure.ts'
import type { Printer } from '../print.ts'
import { OddKeys, textsOf } from '../print-init.ts'
import { dataOf } from '../reply.ts'
import { valueText } from '../value-text.ts'
import { promptShare } from './prompt-share.ts'

/** The words of a command that replaces shares, and where it sends its requests. */
export interface SharesWords {
  /** The command, without "postern". */
  readonly command: string
  /** What is in progress: "rekey". */
  readonly noun: string
  /** What cancelling does, with what follows: "rekeying". */
  readonly cancelled: string
  /** Paths by the target. */
  readonly paths: Readonly<Record<'barrier' | 'recovery', string>>
  /** Heading of the progress. */
  readonly progress: string
}

/** The flags of commands that replace shares. */
export const sharesFlags = ({ noun }: Pick<SharesWords, 'noun'>) => ({
  init: boolean({ description: `Start a ${noun}. Prints the nonce.`, default: false }),
  cancel: boolean({ description: `Cancel the ${noun}.`, default: false }),
  status: boolean({ description: `Show the progress of the ${noun}.`, default: false }),
  'key-shares': integer({ description: 'Number of new shares. The default is 5.', default: 5 }),
  'key-threshold': integer({
    description: 'Number of new shares required to unseal. The default is 3.',
    default: 3,
  }),
  nonce: string({
    description: `Nonce printed by -init. The default is that of the current ${noun}.`,
  }),
  target: oneOf(
    'barrier',
    'recovery',
  )({
    description:
      'Key whose shares are replaced: "barrier" for the unseal key, "recovery" for the recovery key.',
    default: 'barrier',
  }),
  verify: boolean({
    description:
      'With -init, unless "false": the old shares stay valid until the new ones have been verified. Without -init: provide a new share to verify it, or with -status and -cancel, act on the verification.',
  }),
})

type SharesCall = Call<ReturnType<typeof sharesFlags>>

/** Makes one step of replacing shares: starts it, provides a share, shows or cancels it. Gives the exit code. */
export async function replaceShares(call: SharesCall, words: SharesWords): Promise<number> {
  const { flags, print, connect } = call
  const client = connect({ namespace: undefined })
  if ([flags.init, flags.cancel, flags.status].filter(Boolean).length > 1)
    throw new Failure('give only one of -init, -cancel and -status')
  if (flags.cancel) {
    const place = `${words.paths[flags.target]}/${flags.verify ? 'verify' : 'init'}`
    await during(`Error canceling ${words.noun}`, client.delete(place))
    print.line(`Success! Canceled ${words.cancelled} (if it was started)`)
    return EXIT.ok
  }
  await show(await step(call, client, words), call, words)
  return EXIT.ok
}

function step(call: SharesCall, client: Client, words: SharesWords) {
  const { flags } = call
  const path = words.paths[flags.target]
  if (flags.init)
    return dataOf(
      `Error initializing ${words.noun}`,
      client.write(`${path}/init`, {
        secret_shares: flags['key-shares'],
        secret_threshold: flags['key-threshold'],
        require_verification: flags.verify ?? true,
      }),
    )
  const at = `${path}/${flags.verify ? 'verify' : 'init'}`
  if (flags.status) return dataOf(`Error getting ${words.noun} status`, client.read(at))
  return provideShare(call, client, words)
}

async function provideShare(call: SharesCall, client: Client, words: SharesWords) {
  const { verify, nonce, target } = call.flags
  const path = words.paths[target]
  const at = `${path}/${verify ? 'verify' : 'init'}`
  const known = nonce ?? (await nonceOf(client, { at, words, print: call.print }))
  const key = await promptShare(call, `${capital(words.noun)} Share (will be hidden): `)
  const to = `${path}/${verify ? 'verify' : 'update'}`
  return dataOf('Error providing the share', client.write(to, { key, nonce: known }))
}

const capital = (text: string) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`

interface Asked {
  readonly at: string
  readonly words: SharesWords
  readonly print: Printer
}

async function nonceOf(client: Client, { at, words, print }: Asked): Promise<string> {
  const data = await dataOf(`Error getting ${words.noun} status`, client.read(at))
  if (data.started === true) {
    print.note(`Operation nonce: ${valueText(data.nonce ?? '')}`)
    return valueText(data.nonce ?? '')
  }
  throw new Failure(`no ${words.noun} is in progress: start one with -init`)
}

async function show(data: JsonObject, { print, flags }: SharesCall, words: SharesWords) {
  if (print.format !== 'table') return print.rows(data, [], [])
  if (data.complete !== true) return print.rows(data, ['Key', 'Value'], rowsOf(data, words))
  if (flags.verify)
    return print.line('Success! The new shares are valid now, the old ones no longer.')
  const keys = textsOf(data.keys_base64)
  if (keys.length === 0) throw new OddKeys('Error providing the share', data)
  for (const [index, key] of keys.entries()) print.line(`Key ${index + 1}: ${key}`)
  const target = flags.target === 'recovery' ? ' -target=recovery' : ''
  const verify = `postern ${words.command}${target} -verify`
  print.line(
    data.verification_required === true
      ? `\nThese shares are valid once a quorum of them has been verified with: ${verify}\nUntil then the old shares stay valid.`
      : `\nThese shares are valid now. The old ones stay valid until these have been verified with: ${verify}\nGive each share to a different operator.`,
  )
}

const rowsOf = (data: JsonObject, { progress }: SharesWords): readonly (readonly string[])[] => [
  ['Nonce', valueText(data.nonce ?? '')],
  ['Started', valueText(data.started ?? false)],
  ...(data.started === true
    ? [
        [progress, `${valueText(data.progress ?? 0)}/${valueText(data.required ?? data.t ?? '')}`],
        ['New Shares', valueText(data.n ?? '')],
        ['New Threshold', valueText(data.t ?? '')],
        ...(data.verification_required === undefined
          ? []
          : [['Verification Required', valueText(data.verification_required ?? '')]]),
      ]
    : []),
]
