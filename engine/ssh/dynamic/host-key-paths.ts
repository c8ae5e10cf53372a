import { integer, string } from '../../../shared/field.ts'
import { endpoint } from '../../api/endpoint.ts'
import { requireAny, requireFound } from '../../api/require-found.ts'
import { fingerprintOf, parsePublicKey } from '../../openssh/public-key.ts'
import { rememberedHosts } from './host-trust.ts'

/** `dynamic/hosts`: the host keys that were trusted on first use. After one has been deleted, the next key that the host presents is trusted. */
export const hostKeyPaths = [
  endpoint({
    path: 'dynamic/hosts',
    summary: 'Lists the hosts whose keys were trusted on first use.',
    description: 'Each name is the address and the port of a host, joined by an underscore.',
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
    summary: 'Reads or deletes a host key that was trusted on first use.',
    description:
      'After the key has been deleted, the next key that the host presents is trusted, if host_key_policy of the role is "first-use".',
    fields: { host: string({ default: '', description: 'Name of the host, as in the list.' }) },
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
