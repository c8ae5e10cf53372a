import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { certificateFingerprint } from '../../../../shared/certificate-fingerprint.ts'
import type { JsonObject } from '../../envelope.ts'
import { type SetupPlan, tlsFilesOf } from './setup-plan.ts'

/** What an administrator needs to go on, with the names of JSON. */
export function setupSummary(plan: SetupPlan, administrator: string | undefined) {
  const { authority } = tlsFilesOf(plan)
  const fingerprint = certificateFingerprint(new X509Certificate(readFileSync(authority)))
  const { apiAddress } = plan
  return {
    api_addr: apiAddress,
    ca_file: authority,
    ca_fingerprint: fingerprint,
    helper_command: `postern-helper setup -engine=${apiAddress} -ca-fingerprint=${fingerprint}`,
    next_commands: [
      `export POSTERN_ADDR=${apiAddress} POSTERN_CACERT=${authority}`,
      `postern login -method=userpass username=${administrator ?? 'NAME'}`,
      'postern secrets enable ssh',
    ],
  } as const satisfies JsonObject
}

/** The same for people. */
export const summaryText = ({
  ca_fingerprint: fingerprint,
  helper_command: helper,
  next_commands: next,
}: ReturnType<typeof setupSummary>): string => `
The engine is set up. Its CA has the fingerprint

    ${fingerprint}

To set up a host, run there, as root:

    ${helper}

To go on here:

${next.map(command => `    ${command}`).join('\n')}

Then make a role and a policy for users: docs/install-engine.md`
