import { isIP } from 'node:net'
import { check } from '../check.ts'
import type { Context } from '../context.ts'

export const route = check({
  name: 'route',
  text: 'That packets can leave for the engine.',
  dependsOn: ['name-service'],
  causes: {
    'no-route': 'No route leads to the engine, or a router on the way knows none.',
    prohibited: 'A rule of this host forbids the connection.',
  },
  run: async context => {
    const { probe, engine } = await context.engine()
    const { failed, addresses } = probe
    if (failed?.stage !== 'route') return undefined
    const [address = engine.host] = addresses
    const rule = ruleFor(address, context)
    return rule === undefined
      ? {
          ...{ level: 'failure', cause: 'no-route' },
          says: `there is no route to ${address} (${failed.code}), the address of ${engine.name}${familyOf(address, context)}`,
          mend: `ip route get ${address}   # must name a gateway: add a route, or correct vault_addr in ${context.configFile}`,
        }
      : {
          ...{ level: 'failure', cause: 'prohibited' },
          says: `this host refuses to send to ${address}, the address of ${engine.name}: its routes have "${rule}"`,
          mend: `ip route del ${rule}`,
        }
  },
})

/** A route that discards packets. */
function ruleFor(address: string, { host }: Context): string | undefined {
  const family = isIP(address) === 6 ? ['-6'] : []
  const { stdout } = host.run(['ip', ...family, 'route', 'show', 'match', address])
  return stdout
    .split('\n')
    .map(line => /^(?:unreachable|prohibit|blackhole) \S+/.exec(line)?.[0])
    .find(rule => rule !== undefined)
}

/** Whether this host has no address of that family at all. */
function familyOf(address: string, { host }: Context): string {
  const version = isIP(address)
  const { stdout } = host.run([
    'ip',
    `-${version === 6 ? 6 : 4}`,
    'addr',
    'show',
    'scope',
    'global',
  ])
  return stdout.trim() === '' ? `; this host has no IPv${version} address at all` : ''
}
