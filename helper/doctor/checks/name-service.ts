import { check } from '../check.ts'
import { edit, quoted } from '../mend.ts'

export const nameService = check({
  name: 'name-service',
  text: 'That the name in vault_addr has an address.',
  dependsOn: ['trust-files'],
  causes: {
    'no-such-name': 'No address has that name.',
    'no-answer': 'No name server answers.',
  },
  run: async context => {
    const { probe, engine } = await context.engine()
    if (probe.failed?.stage !== 'name') return undefined
    const servers = (context.host.text('/etc/resolv.conf') ?? '').match(/^nameserver \S+/gm) ?? []
    return probe.failed.code === 'EAI_AGAIN'
      ? {
          ...{ level: 'failure', cause: 'no-answer' },
          says: `no name server answers for ${engine.host} (/etc/resolv.conf names ${servers.join(', ') || 'none'})`,
          mend: edit('/etc/resolv.conf', `or a line "ADDRESS ${engine.host}" in /etc/hosts`),
        }
      : {
          ...{ level: 'failure', cause: 'no-such-name' },
          says: `no address has the name ${engine.host} in vault_addr`,
          mend: `echo ADDRESS ${quoted(engine.host)} >> /etc/hosts   # the address of the engine; or correct vault_addr in ${context.configFile}`,
        }
  },
})
