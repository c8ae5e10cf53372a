import { check } from '../check.ts'

const DAY = 86_400_000

/** Days left at which renewal should have happened. */
const WARNS = 7

export const certificate = check({
  name: 'certificate',
  text: 'The days that the certificate of the engine is still valid.',
  dependsOn: ['pins'],
  causes: {
    expired: 'It has expired: every login is denied.',
    'not-yet-valid': 'It is not valid yet: every login is denied.',
    ending: 'It expires in 7 days or less.',
  },
  run: async context => {
    const { probe, engine } = await context.engine()
    if (!probe.certificate) return undefined
    const { validFromDate: from, validToDate: until } = probe.certificate
    context.measures.set('engine_certificate_expiry_timestamp_seconds', until.getTime() / 1000)
    const left = until.getTime() - context.time()
    const mend = 'systemctl start postern-certificate.service   # on the engine, which renews it'
    if (left <= 0)
      return {
        ...{ level: 'failure', cause: 'expired', mend },
        says: `the certificate of ${engine.name} expired at ${until.toISOString()}`,
      }
    if (from.getTime() > context.time())
      return {
        ...{ level: 'failure', cause: 'not-yet-valid', mend },
        says: `the certificate of ${engine.name} is valid from ${from.toISOString()} only`,
      }
    const days = Math.floor(left / DAY)
    return left > WARNS * DAY
      ? undefined
      : {
          ...{ level: 'warning', cause: 'ending', mend },
          says: `the certificate of ${engine.name} expires in ${days} ${days === 1 ? 'day' : 'days'}`,
        }
  },
})
