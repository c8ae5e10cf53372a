import { createHash } from 'node:crypto'
import { check } from '../check.ts'
import { setKey } from '../mend.ts'

export const pins = check({
  name: 'pins',
  text: 'That pin_sha256 has the key of the engine.',
  dependsOn: ['server-name'],
  causes: {
    mismatch:
      'The engine has another key: every login is denied. Either it was replaced, or somebody answers in its place.',
  },
  run: async context => {
    const { probe, engine } = await context.engine()
    if (probe.untrusted === undefined || !/pin_sha256/.test(probe.untrusted)) return undefined
    const key = probe.certificate?.publicKey.export({ type: 'spki', format: 'der' }) ?? ''
    const pin = createHash('sha256').update(key).digest('base64')
    return {
      ...{ level: 'failure', cause: 'mismatch' },
      says: `the key of ${engine.name} is none of pin_sha256; it is ${pin}`,
      mend: `${setKey(context, 'pin_sha256', `"${pin}"`)}   # only if that is its key: on the engine, openssl x509 -in engine.pem -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64`,
    }
  },
})
