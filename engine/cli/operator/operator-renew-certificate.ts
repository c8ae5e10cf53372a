import { command } from '../command.ts'
import { RENEWAL_FLAGS } from './renewal-flags.ts'

export const operatorRenewCertificate = command({
  name: 'operator renew-certificate',
  summary: 'Renew the server certificate with the private CA',
  usage: '[options]',
  text: `
Issues a new server certificate for the same names and the same key, if the present one expires within 30 days, with the private CA that
"postern operator setup" has made. It runs as root; postern-certificate.timer runs it every day. The key stays the same, so hosts that have
pinned it accept the new certificate. The engine uses it after "systemctl reload postern".

    $ postern operator renew-certificate -config=/etc/postern/engine.toml

For other names than before, such as a new address of this machine. The CA must permit them:

    $ postern operator renew-certificate -config=engine.toml -name=a.org,10.0.0.9`,
  flags: RENEWAL_FLAGS,
  arguments: [0, 0],
  besideEngine: true,
  prints: 'format',
  local: true,
  // loaded only when it runs, so that all other commands start fast
  run: async call => (await import('./renew-certificate.ts')).renewCertificate(call),
})
