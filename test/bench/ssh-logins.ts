import type { Host } from '../support/lab.ts'
import { Site } from '../support/site.ts'
import { median } from './login-process.ts'
import type { Row } from './table.ts'

const TURNS = 31

const CONFIG = '/etc/postern/helper.toml'

/** The configurations of the two kinds of logins. */
const [PLAIN, ENROLLED] = ['/root/plain.toml', '/root/enrolled.toml']

/**
 * Milliseconds of whole logins with OpenSSH, real sshd and PAM, in which host and engine sign, beside such without, in turns. The ratio is
 * the median of those of each turn.
 */
export async function sshLoginRows(): Promise<readonly Row[]> {
  await using site = await Site.start()
  const host = await enrolledHost(site)
  const [without, signed]: [number[], number[]] = [[], []]
  for (let turn = 0; turn < TURNS; turn++) {
    without.push(await login(site, host, PLAIN))
    signed.push(await login(site, host, ENROLLED))
  }
  const ratios = signed.map((each, turn) => each / (without[turn] ?? Number.NaN))
  return [
    {
      name: 'a login over SSH without signatures',
      amount: median(without),
      unit: 'ms',
      ratio: 1,
      aim: undefined,
    },
    {
      ...{ name: '  by an enrolled host', amount: median(signed), unit: 'ms' },
      ...{ ratio: median(ratios), aim: '<= 1.06' },
    },
  ]
}

/** A host with both configurations, at an engine that also answers hosts that it does not know. */
async function enrolledHost(site: Site): Promise<Host> {
  await site.must('secrets', 'enable', 'ssh')
  const host = await site.host({ name: 'web', number: 11 })
  const role = ['key_type=otp', 'default_user=alice', 'cidr_list=10.77.0.0/24']
  await site.must('write', 'ssh/roles/ops', ...role)
  const token = await site.must('write', '-f', '-field=token', 'ssh/hosts/web/enroll')
  const enroll = `set -e
cp -p ${CONFIG} ${PLAIN}
umask 077
cat > /root/token
postern-helper enroll -name=web -token-file=/root/token
cp -p ${CONFIG} ${ENROLLED}`
  const { code, stderr } = await host.run(['sh', '-c', enroll], { input: token })
  if (code !== 0) throw new Error(`the host is not enrolled: ${stderr}`)
  return host
}

async function login(site: Site, host: Host, config: string): Promise<number> {
  await host.run(['cp', '-p', config, CONFIG])
  const otp = await site.issue('ops', 'alice', host.ip4)
  const begun = performance.now()
  const { code, stderr } = await site.login({ host, user: 'alice', otp })
  const taken = performance.now() - begun
  if (code !== 0) throw new Error(`the login ended with ${code}: ${stderr}`)
  return taken
}
