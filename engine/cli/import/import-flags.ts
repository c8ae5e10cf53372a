import { boolean, string } from '../../../shared/field.ts'
import { texts } from '../flags.ts'

/** The flags of `import`. */
export const IMPORT_FLAGS = {
  from: string({ description: 'Address of the server to take over from.' }),
  'from-token-file': string({
    description: 'File with a token for that server, which only you can read.',
  }),
  'from-ca': string({
    description: 'PEM file with the CA certificates that its certificate is verified against.',
  }),
  'from-namespace': string({ description: 'Namespace to take over from.' }),
  'ca-key': texts({
    description:
      'File with the private key of a CA, without a passphrase. Its public key says which one. May be given several times.',
  }),
  apply: boolean({ description: 'Make the changes, after they were shown.', default: false }),
}
