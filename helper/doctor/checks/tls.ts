import { check } from '../check.ts'
import { setKey } from '../mend.ts'

export const tls = check({
  name: 'tls',
  text: 'That the engine speaks TLS 1.2 or newer, and answers.',
  dependsOn: ['firewall'],
  causes: {
    'not-tls': 'What answers does not speak TLS: plain HTTP, or another program.',
    broken: 'The TLS handshake fails.',
    silent: 'The engine accepts connections, and does not answer.',
  },
  run: async context => {
    const { probe, engine } = await context.engine()
    const { failed } = probe
    if (failed?.stage !== 'tls' && failed?.stage !== 'reply') return undefined
    if (failed.stage === 'reply' || /no connection in time|aborted/.test(failed.message))
      return {
        ...{ level: 'failure', cause: 'silent' },
        says: `${engine.name} accepts connections, but does not answer`,
        mend: 'systemctl restart postern   # on the engine, after a look at journalctl -u postern',
      }
    return /wrong version number|packet length|EPROTO|Parse Error/i.test(
      `${failed.code} ${failed.message}`,
    )
      ? {
          ...{ level: 'failure', cause: 'not-tls' },
          says: `what answers at ${engine.name} does not speak TLS`,
          mend: setKey(context, 'vault_addr', `"${engine.name}"`).concat(
            '   # with the port at which the engine speaks TLS',
          ),
        }
      : {
          ...{ level: 'failure', cause: 'broken' },
          says: `${engine.name}: ${failed.message} (${failed.code})`,
          mend: `openssl s_client -connect ${engine.host}:${engine.port} </dev/null   # shows where it ends`,
        }
  },
})
