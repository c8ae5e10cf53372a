import { check } from '../check.ts'
import type { Context } from '../context.ts'

/** Codes of errors that name no time, name or key. */
const OTHERS = /EXPIRED|NOT_YET_VALID|NOT_BEFORE|ALTNAME|pin_sha256/

export const authority = check({
  name: 'authority',
  text: 'That a CA in ca_cert or ca_path issued the certificate of the engine.',
  dependsOn: ['clock'],
  causes: {
    untrusted:
      'The certificate is from another CA: every login is denied. Either the CA of the engine was replaced, or somebody answers in its place.',
  },
  run: async context => {
    const { probe, engine } = await context.engine()
    if (probe.untrusted === undefined || OTHERS.test(probe.untrusted)) return undefined
    return {
      ...{ level: 'failure', cause: 'untrusted' },
      says: `the certificate of ${engine.name} is from ${issuerOf(probe.certificate?.issuer)}, which ${trustedBy(context)} does not have (${probe.untrusted})`,
      mend: `postern-helper setup -engine=${engine.name} -ca-fingerprint=SHA256:…   # the fingerprint that, on the engine, openssl x509 -noout -fingerprint -sha256 -in ca.pem prints`,
    }
  },
})

const issuerOf = (issuer: string | undefined) => `"${(issuer ?? '').replaceAll('\n', ', ')}"`

const trustedBy = ({ config }: Context) =>
  config.caFile ?? config.caPath ?? 'the store of this machine'
