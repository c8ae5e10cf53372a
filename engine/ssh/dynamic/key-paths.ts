import { lines, name, string } from '../../../shared/field.ts'
import { Invalid } from '../../../shared/invalid.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { parseAs } from '../../api/invalid-as.ts'
import { parsePrivateKey } from '../../openssh/parse-private-key.ts'
import { NO_KEY } from '../../openssh/pem.ts'
import { exportPrivateKey, importPrivateKey } from '../../openssh/private-key.ts'
import { parsePublicKey } from '../../openssh/public-key.ts'
import { adminKeys } from '../role/admin-keys.ts'

/** `keys/:name`: the admin keys, with which roles of type dynamic log in to hosts. They can be written but not read. Contract §2.1. */
export const keyEndpoint = endpoint({
  path: 'keys/:name',
  summary: 'Registers an admin key, which installs dynamic keys on hosts.',
  description:
    'An admin key is a private key of the admin user of some hosts. It cannot be read. Keys that were installed with it can still be removed after it has been deleted.',
  fields: {
    name: name({ default: '', description: 'Name of the key.' }),
    key: string({
      default: '',
      required: true,
      description: "Private key in PEM or in OpenSSH's format: RSA, ECDSA or Ed25519.",
    }),
    passphrase: string({ description: 'Passphrase of the private key, if it is encrypted.' }),
    host_keys: lines({
      default: [],
      description: 'Public keys of the hosts that the key is for, as in host_keys of a role.',
    }),
  },
  prepare: ({ key, passphrase }, { address }) => readKey(key, passphrase || undefined, address),
  operations: {
    update: async function writeAdminKey(
      { name: keyName, host_keys: hostKeys },
      { tx },
      privateKey,
    ) {
      requirePublicKeys(hostKeys)
      adminKeys.put(tx, keyName, { privateKey, hostKeys })
      const { family, bits } = importPrivateKey(privateKey).publicKey
      return family === 'rsa' && bits < 2048 ? { warnings: [WEAK] } : undefined
    },
    delete: async function deleteAdminKey({ name: keyName }, { tx }) {
      adminKeys.delete(tx, keyName)
      return undefined
    },
  },
})

const WEAK = 'RSA keys of fewer than 2048 bits can be broken: use a larger key for the admin user'

/** The key in its stored form. @throws {ApiError} invalid, with a message of the contract §2.1 */
async function readKey(
  pem: string,
  passphrase: string | undefined,
  source: string,
): Promise<string> {
  try {
    return exportPrivateKey(await parsePrivateKey({ pem, passphrase }, source))
  } catch (cause) {
    if (!(cause instanceof Invalid)) throw cause
    const reason = cause.message === NO_KEY ? '' : `: ${cause.message}`
    throw new ApiError('invalid', `Invalid key${reason}`, { cause })
  }
}

function requirePublicKeys(hostKeys: readonly string[]): void {
  parseAs('invalid host_keys: ', () => {
    hostKeys.map(parsePublicKey)
  })
}
