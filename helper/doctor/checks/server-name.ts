import { check } from '../check.ts'
import { setKey } from '../mend.ts'

export const serverName = check({
  name: 'server-name',
  text: 'That the certificate of the engine is for the name or address in vault_addr, or for tls_server_name.',
  dependsOn: ['authority'],
  causes: { mismatch: 'The certificate is for other names: every login is denied.' },
  run: async context => {
    const { probe, engine } = await context.engine()
    if (probe.untrusted === undefined || !/ALTNAME/.test(probe.untrusted)) return undefined
    const names = namesIn(probe.certificate?.subjectAltName)
    const { serverName: wanted = engine.host } = context.config
    return {
      ...{ level: 'failure', cause: 'mismatch' },
      says: `the certificate of ${engine.name} is for ${names.join(', ') || 'no name'}, not for ${wanted}`,
      mend: `${setKey(context, 'tls_server_name', JSON.stringify(names[0] ?? ''))}   # or correct vault_addr`,
    }
  },
})

const namesIn = (text = ''): readonly string[] =>
  text
    .split(', ')
    .map(part => part.replace(/^(?:DNS|IP Address):/, ''))
    // of what a server shows, only names go into a command
    .filter(name => /^[\w.:-]+$/.test(name))
