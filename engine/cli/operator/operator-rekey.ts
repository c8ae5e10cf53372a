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
  init: boolean({ description: 'Start a rekey. Prints the nonce.', default: false }),
  cancel: boolean({ description: 'Cancel the rekey.', default: false }),
  status: boolean({ description: 'Show the progress of the rekey.', default: false }),
  'key-shares': integer({ description: 'Number of new shares. The default is 5.', default: 5 }),
  'key-threshold': integer({
    description: 'Number of new shares required to unseal. The default is 3.',
    default: 3,
  }),
  nonce: string({
    description: 'Nonce printed by -init. The default is that of the current rekey.',
  }),
  target: oneOf(
    'barrier',
    'recovery',
  )({
    description: 'Key to rekey: "barrier" for the unseal key, "recovery" for the recovery key.',
    default: 'barrier',
  }),
  verify: boolean({
    description:
      'With -init, unless "false": the old shares stay valid until the new ones have been verified. Without -init: provide a new share to verify it, or with -status and -cancel, act on the verification.',
  }),
}

export const operatorRekey = command({
  name: 'operator rekey',
  summary: 'Replace the shares of the unseal or recovery key',
  usage: '[options] [KEY | @FILE | -]',
  text: `
Generates new shares of the unseal key or of the recovery key. One operator starts the rekey. Then a quorum of operators provide their old
shares, and the last of them sees the new ones. The old shares stay valid until a quorum of the new ones has been verified, so that none can
be lost in between:

    $ postern operator rekey -init -key-shares=5 -key-threshold=3
    $ postern operator rekey
    $ postern operator rekey -verify

With a seal key there are recovery shares instead of unseal shares. Give -target=recovery with each of these commands:

    $ postern operator rekey -target=recovery -init -key-shares=5 -key-threshold=3

With -init -verify=false the new shares are valid at once. The old ones stay valid, too, until a quorum of the new ones has been provided, to
verify them or to unseal.

Starting a rekey requires a token. Before providing a share, compare the nonce with the one that -init printed: another one may have
been started. Without an argument, the share is prompted for and not echoed. To change the key that the storage is encrypted with, use
"operator rotate".`,
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
  return provideShare(call, client, path)
}

async function provideShare(call: Call<typeof FLAGS>, client: Client, path: string) {
  const { verify, nonce } = call.flags
  const known =
    nonce ?? (await nonceOf(client, `${path}/${verify ? 'verify' : 'init'}`, call.print))
  const key = await promptShare(call, 'Rekey Share (will be hidden): ')
  const to = `${path}/${verify ? 'verify' : 'update'}`
  return dataOf('Error providing the share', client.write(to, { key, nonce: known }))
}

async function nonceOf(client: Client, path: string, print: Printer): Promise<string> {
  const data = await dataOf('Error getting rekey status', client.read(path))
  if (data.started === true) {
    print.note(`Operation nonce: ${valueText(data.nonce ?? '')}`)
    return valueText(data.nonce ?? '')
  }
  throw new Failure('no rekey is in progress: start one with -init')
}

async function show(data: JsonObject, { print, flags }: Call<typeof FLAGS>) {
  if (print.format !== 'table') return print.rows(data, [], [])
  if (data.complete !== true) return print.rows(data, ['Key', 'Value'], rowsOf(data))
  if (flags.verify)
    return print.line('Success! The new shares are valid now, the old ones no longer.')
  const keys = textsOf(data.keys_base64)
  if (keys.length === 0) throw new OddKeys('Error providing the share', data)
  for (const [index, key] of keys.entries()) print.line(`Key ${index + 1}: ${key}`)
  print.line(
    data.verification_required === true
      ? '\nThese shares are valid once a quorum of them has been verified with: postern operator rekey -verify\nUntil then the old shares stay valid.'
      : '\nThese shares are valid now. The old ones stay valid until these have been verified with: postern operator rekey -verify\nGive each share to a different operator.',
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
