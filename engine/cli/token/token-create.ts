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
Creates a token as a child of your own: it is revoked together with yours.

    $ postern token create -ttl=1h

A token for a service, for at most ten requests:

    $ postern token create -display-name=deploy -policy=deploy -use-limit=10`,
  flags: {
    id: string({ description: 'Value of the token, instead of a random one. Requires sudo.' }),
    'display-name': string({ description: 'Display name of the token.', default: '' }),
    ttl: duration({ description: 'Time to live until the first renewal.' }),
    'explicit-max-ttl': duration({
      description: 'Maximum lifetime, including all renewals.',
    }),
    period: duration({
      description:
        'Makes a periodic token: every renewal sets its TTL to this period, without a maximum. Requires sudo.',
    }),
    renewable: boolean({ description: 'Whether the token can be renewed.', default: true }),
    orphan: boolean({
      description: 'Create the token without a parent. Requires sudo.',
      default: false,
    }),
    'no-default-policy': boolean({
      description: 'Do not attach the policy "default".',
      default: false,
    }),
    'use-limit': integer({
      description: 'Maximum number of requests; 0 means unlimited.',
      default: 0,
    }),
    role: string({ description: 'Token role to create it with.' }),
    type: oneOf('service', 'batch')({ description: 'Type of token.', default: 'service' }),
    metadata: pairs({ description: 'Metadata, as key=value. May be given several times.' }),
    policy: texts({ description: 'Policy to attach. May be given several times.' }),
    'entity-alias': string({
      description: 'Entity alias to associate the token with. Requires -role.',
      default: '',
    }),
  },
  arguments: [0, 0],
  names: { flags: { policy: 'policy' } },
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
        ...(flags.orphan && { no_parent: true }),
        ...(flags['no-default-policy'] && { no_default_policy: true }),
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
