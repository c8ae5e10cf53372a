import { FOREVER, hostCertificate as parse } from '../../commands/host-certificate.ts'
import { Refusal } from '../../refusal.ts'
import { check } from '../check.ts'
import type { Context } from '../context.ts'

const DAY = 86_400n

/** Renewal begins when a third of the validity is left. */
const LATE = 4n

export const hostCertificate = check({
  name: 'host-certificate',
  text: 'The certificate of this host (HostCertificate of sshd): that it is for its key, and how long it is valid.',
  dependsOn: ['sshd-configuration'],
  causes: {
    damaged: 'sshd shows no certificate: clients that require one refuse the host.',
    expired: 'The certificate has expired: clients that require one refuse the host.',
    ending: 'The certificate should have been renewed by now.',
  },
  run: context => {
    const file = context.sshd.settings.get('hostcertificate') ?? 'none'
    return file === 'none' ? undefined : inspect(context, file)
  },
})

const RENEW =
  'systemctl start postern-host-cert.service   # or postern-helper host-cert -role=ROLE …'

function inspect(context: Context, file: string) {
  const key = context.host.text(file.replace(/-cert\.pub$/, '.pub')) ?? ''
  try {
    const { after, before } = parse(context.host.text(file) ?? '', key)
    if (before === FOREVER) return undefined
    context.measures.set('host_certificate_expiry_timestamp_seconds', Number(before))
    const now = BigInt(Math.floor(context.time() / 1000))
    const until = new Date(Number(before) * 1000).toISOString()
    if (now >= before)
      return {
        ...({ level: 'failure', cause: 'expired', mend: RENEW } as const),
        says: `${file} expired at ${until}`,
      }
    return before - now < (before - after) / LATE
      ? {
          ...({ level: 'warning', cause: 'ending', mend: RENEW } as const),
          says: `${file} expires in ${(before - now) / DAY} days, at ${until}, and has not been renewed`,
        }
      : undefined
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return {
      ...({ level: 'failure', cause: 'damaged', mend: RENEW } as const),
      says: `${file}: ${error.message.replace('the reply is', 'it is')}`,
    }
  }
}
