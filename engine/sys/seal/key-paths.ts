import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import type { Core } from '../../core/core.ts'

/** The keys of the barrier. Contract §1.3. */
export const keys = ({ store, log }: Core) => [
  endpoint({
    path: 'key-status',
    summary: 'Returns the current encryption key of the barrier.',
    description:
      'Returns the term of the key, when it was created, and approximately how often it has been used: other nodes report their use with a delay.',
    fields: {},
    operations: {
      read: async function readKeyStatus() {
        const { number, installedAt, encryptions } = await store.active()
        const data = {
          term: number,
          install_time: new Date(installedAt).toISOString(),
          encryptions,
        }
        return { data, hoisted: true }
      },
    },
  }),
  ...(['rotate', 'rotate/keyring'] as const).map(path =>
    endpoint({
      path,
      sudo: true,
      summary: 'Rotates the encryption key of the barrier.',
      description:
        'The new key encrypts all values written from now on. Older values stay readable, and the shares of the unseal key do not change. Requires sudo.',
      fields: {},
      operations: {
        update: async function rotateKey() {
          return {
            async afterCommit() {
              await store.rotate()
              log.info({ term: (await store.active()).number }, 'key rotated')
            },
          }
        },
      },
    }),
  ),
  endpoint({
    path: 'rotate/root',
    sudo: true,
    summary: 'Refused: the root key is never replaced.',
    description:
      'The root key identifies the storage to every node that has opened it. It is wrapped with the key of the shares, which the engine does not store. Requires sudo.',
    fields: {},
    operations: {
      update: async function refuseRootRotation() {
        throw new ApiError(
          'invalid',
          'the root key is never replaced: use sys/rotate for a new key that values are encrypted with, and sys/rotate/root/init or sys/rotate/recovery/init for new shares',
        )
      },
    },
  }),
]
