import { check } from '../check.ts'
import type { Context } from '../context.ts'

export const timers = check({
  name: 'timers',
  text: 'On systemd, the timers that this host needs: that they are enabled, and that their services did not fail.',
  dependsOn: ['configuration', 'sshd-configuration'],
  causes: {
    missing: 'A unit is not installed.',
    disabled: 'A timer is not enabled: keys, revocations or certificates grow old.',
    failed: 'The last run of a timer failed.',
  },
  run: context => {
    const { host } = context
    if (!host.stat('/run/systemd/system')) return undefined
    for (const name of neededBy(context)) {
      const [timer, service] = [`${name}.timer`, `${name}.service`]
      const state = host.run(['systemctl', 'is-enabled', timer]).stdout.trim()
      if (state === '' || state === 'not-found')
        return {
          ...{ level: 'warning', cause: 'missing' },
          says: `${timer} is not installed`,
          mend: `apt-get install --reinstall postern-helper   # or install packaging/systemd/${name}.* in /etc/systemd/system`,
        }
      if (!/^(?:enabled|static)/.test(state))
        return {
          ...{ level: 'warning', cause: 'disabled', safe: true },
          says: `${timer} is ${state}`,
          mend: `systemctl enable --now ${timer}`,
        }
      // with failure of this very check the unit would report itself for ever
      if (
        name !== CHECK &&
        host.run(['systemctl', 'is-failed', service]).stdout.trim() === 'failed'
      )
        return {
          ...{ level: 'warning', cause: 'failed' },
          says: `the last run of ${service} failed`,
          mend: `systemctl start ${service}   # journalctl -u ${service} -n 20 says why it failed`,
        }
    }
    return undefined
  },
})

const CHECK = 'postern-check'

function neededBy({ config, sshd: { settings } }: Context): readonly string[] {
  const isOurs = (keyword: string) => /\/postern-[^/]*$/.test(settings.get(keyword) ?? '')
  return [
    CHECK,
    ...(config.verifyKeys ? ['postern-verify-keys'] : []),
    ...(isOurs('revokedkeys') ? ['postern-krl'] : []),
    ...(isOurs('trustedusercakeys') ? ['postern-trust'] : []),
    ...((settings.get('hostcertificate') ?? 'none') === 'none' ? [] : ['postern-host-cert']),
  ]
}
