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

/** `keys/:name`: the keys with which roles of type dynamic get into hosts. They can be written, and never be read. Contract §2.1. */
export const keyEndpoint = endpoint({
  path: 'keys/:name',
  summary: 'Registers the keys that install others.',
  description:
    'A private key of the admin user of some hosts. It cannot be read again. Deleting it does not keep what it has installed from being removed.',
  fields: {
    name: name({ default: '', description: 'Name of the key.' }),
    key: string({
      default: '',
      required: true,
      description: 'The private key in PEM or in the form of OpenSSH, of RSA, ECDSA or Ed25519.',
    }),
    passphrase: string({ description: 'What the private key is encrypted with, if it is.' }),
    host_keys: lines({
      default: [],
      description: 'Public keys of the hosts that it is for, a line for each, as in a role.',
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

const WEAK = 'RSA keys of fewer than 2048 bits can be broken: give the admin user another key'

/** The key as it is kept. @throws {ApiError} invalid, in the words of the contract */
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
