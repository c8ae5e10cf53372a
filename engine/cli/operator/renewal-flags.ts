import { boolean, list, string } from '../../../shared/field.ts'
import type { Call } from '../command.ts'
import { PATHS } from './setup/setup-paths.ts'

/** The flags of "operator renew-certificate". */
export const RENEWAL_FLAGS = {
  config: string({ description: 'Configuration file, which names the certificate.' }),
  'ca-key': string({
    default: PATHS.authorityKey,
    description: 'The private key of the CA in tls_ca_file.',
  }),
  force: boolean({ default: false, description: 'Renew, however long it is still valid.' }),
  name: list({
    description: 'Names and addresses of the new certificate. The default is those it has.',
  }),
}

export type RenewalCall = Call<typeof RENEWAL_FLAGS>
