import { integer, string } from '../../../shared/field.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { keyParameters } from '../../openssh/key-parameters.ts'
import { generatePrivateKey, type KeyParameters, pemForClients } from '../../openssh/private-key.ts'
import type { Tx } from '../../storage/transact.ts'
import type { CaRole } from '../role/role.ts'
import { roles } from '../role/role-table.ts'
import { signed, signFields } from './sign-paths.ts'

const invalid = (message: string) => new ApiError('invalid', message)

/** `issue/:role`: generates a key pair and signs it; the private key is not stored. Contract §2.12. */
export const issue = endpoint({
  path: 'issue/:role',
  summary: 'Generates a key pair and a certificate for it.',
  description:
    'For clients that cannot generate keys themselves. The private key is returned once and not stored. Clients that can generate a key pair should use sign/:role, so that the private key never leaves them.',
  fields: {
    ...signFields,
    key_type: string({
      default: 'rsa',
      plain: true,
      description: 'Type of the key: "rsa", "ec" or "ed25519".',
    }),
    key_bits: integer({
      default: 0,
      description: 'Size of the key in bits. With 0, the default size of the key type.',
    }),
  },
  async prepare(given, { address, transact }) {
    const { parameters } = await transact(tx => allowed(tx, given))
    return generatePrivateKey(parameters, address)
  },
  operations: {
    update: async function issueCertificate(
      { key_type: type, key_bits: bits, ...given },
      call,
      key,
    ) {
      // the role may have changed since the key was made
      const { role } = await allowed(call.tx, { role: given.role, key_type: type, key_bits: bits })
      const reply = await signed(given, role, key.publicKey, call)
      return {
        ...reply,
        data: { ...reply.data, private_key: pemForClients(key), private_key_type: type },
      }
    },
  },
})

interface Wanted {
  readonly role: string
  readonly key_type: string
  readonly key_bits: number
}

/** The role, and the parameters of a key that it allows. @throws {ApiError} invalid */
async function allowed(
  tx: Tx,
  { role: roleName, key_type: type, key_bits: bits }: Wanted,
): Promise<{ readonly role: CaRole; readonly parameters: KeyParameters }> {
  const role = await roles.get(tx, roleName)
  if (!role) throw invalid(`unknown role: ${roleName}`)
  if (role.keyType !== 'ca')
    throw invalid(`role key type '${role.keyType}' not allowed to issue key pairs`)
  const parameters = keyParameters(type, bits)
  requireAllowed(role, type, 'bits' in parameters ? parameters.bits : 0)
  return { role, parameters }
}

/** Requested key type to the names that roles may use for it. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  rsa: ['rsa', 'ssh-rsa'],
  ec: ['ec', 'ecdsa'],
  ed25519: ['ed25519', 'ssh-ed25519'],
}

/** Checks in advance, with Vault's messages, what {@link keyLength} would refuse after the key has been generated. */
function requireAllowed({ allowedUserKeyLengths }: CaRole, type: string, bits: number): void {
  const allowed = Object.entries(allowedUserKeyLengths)
  if (allowed.length === 0) return
  const rules = allowed.filter(([name]) => (NAMES[type] ?? [type]).includes(name))
  if (rules.length === 0) throw invalid('provided key_type value not in allowed_user_key_types')
  if (bits !== 0 && !rules.some(([, sizes]) => sizes.includes(bits)))
    throw invalid("provided key_bits value not in list of role's allowed_user_key_types")
}
