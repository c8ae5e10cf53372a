import { check } from '../check.ts'
import type { Context } from '../context.ts'
import { edit } from '../mend.ts'

export const firewall = check({
  name: 'firewall',
  text: 'That the engine accepts connections at the port in vault_addr.',
  dependsOn: ['route'],
  causes: {
    dropped: 'Nothing comes back: a firewall drops the packets, or the machine is off.',
    refused: 'The connection is refused: no engine runs there, or a firewall rejects it.',
    'own-rule': 'A rule of this host forbids the connection.',
  },
  run: async context => {
    const { probe, engine } = await context.engine()
    const { failed, addresses } = probe
    if (failed?.stage !== 'connection') return undefined
    const { port, name } = engine
    const where = `${addresses[0] ?? engine.host} port ${port}`
    const rule = ruleFor(port, context)
    if (rule !== undefined)
      return {
        ...{ level: 'failure', cause: 'own-rule' },
        says: `a rule of this host's firewall keeps it from ${name}: iptables ${rule}`,
        mend: `iptables ${rule.replace(/^-A/, '-D')}`,
      }
    return failed.code === 'ECONNREFUSED'
      ? {
          ...{ level: 'failure', cause: 'refused' },
          says: `${name}: connection refused at ${where}: no engine runs there, or a firewall rejects it`,
          mend: `systemctl start postern   # on the engine; if it runs: ${edit(context.configFile, 'correct the port in vault_addr')}`,
        }
      : {
          ...{ level: 'failure', cause: 'dropped' },
          says: `${name}: nothing comes back from ${where}: a firewall drops the packets, or the machine is off`,
          mend: `nft add rule inet filter input tcp dport ${port} accept   # on the engine, and on each firewall in between`,
        }
  },
})

/** A rule that drops or rejects what goes to the port, as iptables prints it. */
function ruleFor(port: number, { host }: Context): string | undefined {
  return host
    .run(['iptables', '-S', 'OUTPUT'])
    .stdout.split('\n')
    .find(
      line =>
        /^-A OUTPUT .*-j (?:DROP|REJECT)\b/.test(line) &&
        (!line.includes('--dport') || new RegExp(`--dport ${port}\\b`).test(line)),
    )
}
