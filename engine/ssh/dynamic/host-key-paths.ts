import { integer, string } from '../../../shared/field.ts'
import { endpoint } from '../../api/endpoint.ts'
import { requireAny, requireFound } from '../../api/require-found.ts'
import { fingerprintOf, parsePublicKey } from '../../openssh/public-key.ts'
import { rememberedHosts } from './host-trust.ts'

/** `dynamic/hosts`: the host keys that were trusted on first use. Once one is forgotten, the next key that the host shows is trusted. */
export const hostKeyPaths = [
  endpoint({
    path: 'dynamic/hosts',
    summary: 'Lists the hosts whose key was trusted on first use.',
    description: 'A name is the address of the host and its port, with an underscore in between.',
    fields: {
      after: string({ default: '', description: 'Lists only names after this one.' }),
      limit: integer({ default: 0, description: 'Maximum number of names to return; 0 for all.' }),
    },
    operations: {
      list: async function listHostKeys({ after, limit }, { tx }) {
        const names = requireAny(
          await rememberedHosts.list(tx, '', { after, ...(limit > 0 && { limit }) }),
        )
        return { data: { keys: names } }
      },
    },
  }),
  endpoint({
    path: 'dynamic/hosts/:host',
    summary: 'Shows or forgets the key that a host was believed with.',
    description:
      'Once forgotten, the next key that the host shows is believed, if the role allows.',
    fields: { host: string({ default: '', description: 'Name of the host, as it is listed.' }) },
    operations: {
      read: async function readHostKey({ host }, { tx }) {
        const remembered = requireFound(await rememberedHosts.get(tx, host))
        const { key, since } = remembered
        return {
          data: {
            public_key: key,
            fingerprint: fingerprintOf(parsePublicKey(key)),
            since: new Date(since).toISOString(),
          },
        }
      },
      delete: async function deleteHostKey({ host }, { tx }) {
        rememberedHosts.delete(tx, host)
        return undefined
      },
    },
  }),
]
