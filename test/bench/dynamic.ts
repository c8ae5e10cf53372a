import { Installing, TARGET } from '../support/installing.ts'
import { Keygen } from '../support/keygen.ts'
import type { Host } from '../support/lab.ts'
import { Site } from '../support/site.ts'
import type { Row } from './table.ts'
import { medianTime, timed } from './timed.ts'

const HOSTS = 10
const LEASES = 200
const ROUNDS = 5
/** Milliseconds after which a connection that nobody uses has been closed. */
const COLD = 6000

/** From the request to a key that is in place on a real host, beside a login with OpenSSH there; and how long many keys take to go. */
export async function dynamicRows(): Promise<readonly Row[]> {
  using keygen = new Keygen()
  await using site = await Site.start()
  const keys = new Installing(site, keygen)
  await keys.prepare()
  const hosts: Host[] = []
  for (let number = 0; number < HOSTS; number++)
    hosts.push(await site.host({ name: `h${number}`, number: 11 + number, setup: TARGET }))
  const first = hosts[0]?.ip4 ?? ''
  const ask = asking(site, keygen)
  const rows: Row[] = []
  const given = await ownKey(keys, first)
  const reference = await medianTime(ROUNDS, () => keys.login(given, hosts[0] as Host))
  const row = (name: string, amount: number): Row => ({
    name,
    amount,
    unit: 'ms',
    ratio: amount / reference,
    aim: undefined,
  })
  rows.push(row('ssh host id', reference))
  for (const algorithm of ['rsa', 'ed25519']) {
    await keys.role(algorithm, { key_algorithm: algorithm })
    await new Promise(resolve => setTimeout(resolve, COLD))
    const cold = await ask(algorithm, [first])
    rows.push(row(`  creds, ${algorithm}, cold host`, cold))
    rows.push(
      row(
        `  creds, ${algorithm}, warm host`,
        await medianTime(ROUNDS, () => ask(algorithm, [first])),
      ),
    )
  }
  const many = Array.from({ length: LEASES }, (_, each) => hosts[each % HOSTS]?.ip4 ?? '')
  rows.push(row('  creds, 50 on one host', await ask('ed25519', Array(50).fill(first))))
  rows.push(row(`  creds, ${LEASES} on ${HOSTS} hosts`, await ask('ed25519', many)))
  const revoked = await timed(() =>
    site.must('write', '-f', 'sys/leases/revoke-prefix/ssh/creds/ed25519'),
  )
  rows.push(row('  revoke them all', revoked))
  return rows
}

async function ownKey(keys: Installing, ip: string) {
  await keys.role('own')
  return keys.ask('own', ip)
}

/** Asks for keys on all of these addresses at once. Gives milliseconds. @throws {Error} if one is refused */
function asking(site: Site, keygen: Keygen) {
  const script = keygen.write(
    'ask',
    `#!/bin/bash
role=$1; shift
for ip in "$@"; do
  curl -s -o /dev/null -w '%{http_code}\\n' --cacert "$POSTERN_CACERT" -H "X-Vault-Token: $POSTERN_TOKEN" \\
    -d "{\\"ip\\":\\"$ip\\"}" "$POSTERN_ADDR/v1/ssh/creds/$role" &
done
wait
`,
    0o755,
  )
  return (role: string, addresses: readonly string[]) =>
    timed(async () => {
      const { stdout } = await site.run([script, role, ...addresses])
      const codes = stdout.trim().split('\n')
      if (codes.some(code => code !== '200')) throw new Error(`not all were made: ${codes}`)
    })
}
