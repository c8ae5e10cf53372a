import { boolean, integer, oneOf, string } from '../../../shared/field.ts'
import type { Client } from '../client.ts'
import { type Call, command } from '../command.ts'
import type { JsonObject } from '../envelope.ts'
import { during, EXIT, Failure } from '../failure.ts'
import type { Printer } from '../print.ts'
import { OddKeys, textsOf } from '../print-init.ts'
import { dataOf } from '../reply.ts'
import { valueText } from '../value-text.ts'
import { promptShare } from './prompt-share.ts'

const FLAGS = {
  init: boolean({ description: 'Begin. Prints the nonce for those who follow.', default: false }),
  cancel: boolean({ description: 'Give up what has begun.', default: false }),
  status: boolean({ description: 'Tell how far it is.', default: false }),
  'key-shares': integer({ description: 'How many new shares are made.', default: 5 }),
  'key-threshold': integer({ description: 'How many of them will do.', default: 3 }),
  nonce: string({ description: 'Nonce that -init has printed. Without it, the server is asked.' }),
  target: oneOf(
    'barrier',
    'recovery',
  )({
    description: '"barrier" for the unseal key, "recovery" for the recovery key.',
    default: 'barrier',
  }),
  verify: boolean({
    description:
      'With -init, unless "false": the old shares stay good until the new ones have been given once. Without: give a new share; with -status and -cancel, of that.',
  }),
}

export const operatorRekey = command({
  name: 'operator rekey',
  summary: 'Make new shares in the place of the old ones',
  usage: '[options] [KEY | -]',
  text: `
Makes new shares of the unseal key, or of the recovery key. One person begins; then as many as it takes give their old shares, and the last of them
sees the new ones. The old shares stay good until the new ones have been given once, so nobody can lose them on the way:

    $ postern operator rekey -init -key-shares=5 -key-threshold=3
    $ postern operator rekey
    $ postern operator rekey -verify

With -init -verify=false the new shares are good at once, and so are the old ones until the new ones have been given, here or to unseal.

To begin needs a token. Whoever gives a share should hold the nonce that is shown against the one that -init has printed: somebody else may
have begun. Without an argument the share is asked for, and not shown. It is about shares; the key that values are encrypted with is changed by "operator rotate".`,
  flags: FLAGS,
  arguments: [0, 1],
  prints: 'format',
  onlyOnce: true,
  async run(call) {
    const { flags, print, connect } = call
    const client = connect({ namespace: undefined })
    const path = flags.target === 'recovery' ? 'sys/rekey-recovery-key' : 'sys/rekey'
    if ([flags.init, flags.cancel, flags.status].filter(Boolean).length > 1)
      throw new Failure('give only one of -init, -cancel and -status')
    if (flags.cancel) {
      await during(
        'Error canceling rekey',
        client.delete(`${path}/${flags.verify ? 'verify' : 'init'}`),
      )
      print.line('Success! Canceled rekeying (if it was started)')
      return EXIT.ok
    }
    await show(await step(call, client, path), call)
    return EXIT.ok
  },
})

function step(call: Call<typeof FLAGS>, client: Client, path: string) {
  const { flags } = call
  if (flags.init)
    return dataOf(
      'Error initializing rekey',
      client.write(`${path}/init`, {
        secret_shares: flags['key-shares'],
        secret_threshold: flags['key-threshold'],
        require_verification: flags.verify ?? true,
      }),
    )
  const at = `${path}/${flags.verify ? 'verify' : 'init'}`
  if (flags.status) return dataOf('Error getting rekey status', client.read(at))
  return give(call, client, path)
}

async function give(call: Call<typeof FLAGS>, client: Client, path: string) {
  const { verify, nonce } = call.flags
  const known =
    nonce ?? (await nonceOf(client, `${path}/${verify ? 'verify' : 'init'}`, call.print))
  const key = await promptShare(call, 'Rekey Share (will be hidden): ')
  const to = `${path}/${verify ? 'verify' : 'update'}`
  return dataOf('Error giving the share', client.write(to, { key, nonce: known }))
}

async function nonceOf(client: Client, path: string, print: Printer): Promise<string> {
  const data = await dataOf('Error getting rekey status', client.read(path))
  if (data.started === true) {
    print.note(`Operation nonce: ${valueText(data.nonce ?? '')}`)
    return valueText(data.nonce ?? '')
  }
  throw new Failure('no rekey has begun: begin with -init')
}

async function show(data: JsonObject, { print, flags }: Call<typeof FLAGS>) {
  if (print.format !== 'table') return print.rows(data, [], [])
  if (data.complete !== true) return print.rows(data, ['Key', 'Value'], rowsOf(data))
  if (flags.verify) return print.line('Success! The new shares are good now, the old ones no more.')
  const keys = textsOf(data.keys_base64)
  if (keys.length === 0) throw new OddKeys('Error giving the share', data)
  for (const [index, key] of keys.entries()) print.line(`Key ${index + 1}: ${key}`)
  print.line(
    data.verification_required === true
      ? '\nThese count once as many as it takes have been given with: postern operator rekey -verify\nUntil then the old shares stay good.'
      : '\nThese count from now on. So do the old ones until these have been given once: postern operator rekey -verify\nGive each to another person.',
  )
}

const rowsOf = (data: JsonObject): readonly (readonly string[])[] => [
  ['Nonce', valueText(data.nonce ?? '')],
  ['Started', valueText(data.started ?? false)],
  ...(data.started === true
    ? [
        [
          'Progress',
          `${valueText(data.progress ?? 0)}/${valueText(data.required ?? data.t ?? '')}`,
        ],
        ['New Shares', valueText(data.n ?? '')],
        ['New Threshold', valueText(data.t ?? '')],
        ...(data.verification_required === undefined
          ? []
          : [['Verification Required', valueText(data.verification_required ?? '')]]),
      ]
    : []),
]
