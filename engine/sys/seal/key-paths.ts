import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import type { Core } from '../../core/core.ts'

/** The keys that values are encrypted with. Contract §1.3. */
export const keys = ({ store, log }: Core) => [
  endpoint({
    path: 'key-status',
    summary: 'Tells which key values are encrypted with.',
    description:
      'Answers with the term of the key, when it was made, and how often it has been used, give or take what other nodes have not yet counted.',
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
      summary: 'Makes a new key for all values from now on.',
      description:
        'What was written before stays readable. Shares of the unseal key do not change. Needs sudo.',
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
    summary: 'Refuses to make a new root key.',
    description:
      'The root key names the storage to every node that has opened it, and is wrapped with the key of the shares, which the engine does not keep. Needs sudo.',
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
