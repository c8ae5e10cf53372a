import { packagedFile } from '../../../../shared/packaged-file.ts'
import { PATHS, SEAL_CREDENTIAL } from './setup-paths.ts'
import type { SetupPlan, TlsFiles } from './setup-plan.ts'

type Configured = Pick<SetupPlan, 'apiAddress' | 'listen' | 'sealKeyPlace'> & {
  readonly tls: TlsFiles
}

/** The sample configuration with the settings of this machine, and with all its comments. */
export function engineToml({ apiAddress, listen, sealKeyPlace, tls }: Configured): string {
  const quoted = (text: string) => JSON.stringify(text)
  const seal =
    sealKeyPlace === 'file'
      ? ['# path = "/etc/postern/seal.key"', `path = ${quoted(PATHS.sealKey)}`]
      : ['# credential = "seal-key"', `credential = ${quoted(SEAL_CREDENTIAL)}`]
  const changes = [
    ['# api_addr = "https://engine.example.com:8200"', `api_addr = ${quoted(apiAddress)}`],
    ['address = "0.0.0.0:8200"', `address = ${quoted(listen)}`],
    ['tls_cert_file = "/etc/postern/engine.crt"', `tls_cert_file = ${quoted(tls.certificate)}`],
    ['tls_key_file = "/etc/postern/engine.key"', `tls_key_file = ${quoted(tls.key)}`],
    ['# tls_ca_file = "/etc/postern/ca.pem"', `tls_ca_file = ${quoted(tls.authority)}`],
    ['type = "shamir"', 'type = "file"'],
    seal,
  ] as const
  return changes.reduce(
    (text, [from = '', to = '']) => replaced(text, from, to),
    packagedFile('config/engine.toml'),
  )
}

/** @throws {Error} unless exactly one line is `from`: the sample and this file have to fit */
function replaced(text: string, from: string, to: string): string {
  const lines = text.split('\n')
  if (lines.filter(line => line === from).length !== 1)
    throw new Error(`the sample configuration does not have the line ${from} once`)
  return lines.map(line => (line === from ? to : line)).join('\n')
}
