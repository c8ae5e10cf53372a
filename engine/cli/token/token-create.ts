import { boolean, duration, integer, oneOf, string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { EXIT } from '../failure.ts'
import { pairs, texts } from '../flags.ts'
import { replyTo } from '../reply.ts'

export const tokenCreate = command({
  name: 'token create',
  summary: 'Create a token',
  usage: '[options]',
  text: `
Creates a token, a child of yours: when yours ends, it ends too.

    $ postern token create -ttl=1h

One for a service, that can be used ten times:

    $ postern token create -display-name=deploy -policy=deploy -use-limit=10`,
  flags: {
    id: string({ description: 'The token itself, where it is not to be made up. Needs sudo.' }),
    'display-name': string({ description: 'Name to show for it.', default: '' }),
    ttl: duration({ description: 'How long it lives at first.' }),
    'explicit-max-ttl': duration({
      description: 'How long it lives at most, however often it is renewed.',
    }),
    period: duration({
      description: 'Every renewal gives it so long again, for ever. Needs sudo.',
    }),
    renewable: boolean({ description: 'Whether it can be renewed.', default: true }),
    orphan: boolean({ description: 'Give it no parent. Needs sudo.', default: false }),
    'no-default-policy': boolean({
      description: 'Do not give it the policy "default".',
      default: false,
    }),
    'use-limit': integer({
      description: 'How many requests it is good for; 0 is any number.',
      default: 0,
    }),
    role: string({ description: 'Role of tokens to create it by.' }),
    type: oneOf('service', 'batch')({ description: 'Kind of token.', default: 'service' }),
    metadata: pairs({ description: 'What to note with it. May be given several times.' }),
    policy: texts({ description: 'Policy to give it. May be given several times.' }),
    'entity-alias': string({
      description: 'Alias of the entity that it is for; goes with -role.',
      default: '',
    }),
  },
  arguments: [0, 0],
  prints: 'field',
  onlyOnce: true,
  async run({ flags, print, connect }) {
    const { id, ttl, period, role, type, metadata, policy } = flags
    const path = role === undefined ? 'auth/token/create' : `auth/token/create/${role}`
    const envelope = await replyTo(
      'Error creating token',
      connect().post(path, {
        ...(id !== undefined && { id }),
        ...(policy && { policies: policy }),
        ...(metadata && { meta: metadata }),
        ttl: `${ttl ?? 0}s`,
        explicit_max_ttl: `${flags['explicit-max-ttl'] ?? 0}s`,
        period: `${period ?? 0}s`,
        no_parent: flags.orphan,
        no_default_policy: flags['no-default-policy'],
        display_name: flags['display-name'],
        num_uses: flags['use-limit'],
        // a batch token cannot be renewed
        renewable: flags.renewable && type !== 'batch',
        type,
        entity_alias: flags['entity-alias'],
      }),
    )
    await print.secret(envelope)
    return EXIT.ok
  },
})
