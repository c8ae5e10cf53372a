import { boolean, string } from '../../../shared/field.ts'
import { Secret } from '../../../shared/secret.ts'
import { command } from '../command.ts'
import { Failure } from '../failure.ts'
import { variable } from '../variable.ts'

export const server = command({
  name: 'server',
  summary: 'Run the engine',
  usage: '[options]',
  text: `
Runs the engine until it receives SIGINT or SIGTERM. With an invalid configuration it exits at once, with exit code 1.

With a configuration file:

    $ postern server -config=/etc/postern/engine.toml

Before a restart, check the configuration, and fail on warnings, such as a certificate that expires soon:

    $ postern server -config=/etc/postern/engine.toml -check -strict

For experiments: in memory, unsealed, without TLS, with a given root token, and with the page for browsers at http://127.0.0.1:8200/:

    $ postern server -dev -dev-root-token-id=root

The same with TLS and a generated certificate:

    $ postern server -dev-tls`,
  flags: {
    config: string({ description: 'Configuration file (TOML).' }),
    dev: boolean({
      description:
        'Run in memory, unsealed and without TLS, for experiments only. -config may be given; its [storage], [seal] and workers are ignored.',
      default: false,
    }),
    'dev-tls': boolean({
      description: 'Like -dev, with TLS: generates a CA and a certificate, and prints their paths.',
      default: false,
    }),
    'dev-tls-cert-dir': string({
      description:
        'Directory for the files of -dev-tls. The default is a temporary one, which is removed at exit.',
    }),
    check: boolean({
      description:
        'Only check the configuration and the files it names, and print warnings. The exit code is 0 if the engine can start, else 1.',
      default: false,
    }),
    strict: boolean({
      description: 'With -check: exit code 2 if there are warnings.',
      default: false,
    }),
    user: string({
      description:
        'With -check as root: check as this user, who runs the engine. The default is "postern", if that user exists.',
    }),
    'dev-root-token-id': string({
      description:
        'Root token of a -dev server. The default is a random one, which is printed. Environment: POSTERN_DEV_ROOT_TOKEN_ID.',
    }),
    'dev-listen-address': string({
      description:
        'Address that a -dev server listens on; port 0 is any free port. The default is that of -config, or 127.0.0.1:8200. Environment: POSTERN_DEV_LISTEN_ADDRESS.',
    }),
    'log-level': string({
      description:
        'Log level: "trace", "debug", "info", "warn" or "error". Environment: POSTERN_LOG_LEVEL.',
    }),
  },
  arguments: [0, 0],
  besideEngine: true,
  local: true,
  run({ flags, io }) {
    const get = (name: string) => variable(io.environment, name)
    const logLevel = flags['log-level'] ?? get('LOG_LEVEL')
    const folder = flags['dev-tls-cert-dir']
    if (folder !== undefined && !flags['dev-tls'])
      throw new Failure('-dev-tls-cert-dir requires -dev-tls')
    if (flags.dev || flags['dev-tls']) {
      if (flags.check) throw new Failure('-check and -dev cannot be used together')
      const token = flags['dev-root-token-id'] ?? get('DEV_ROOT_TOKEN_ID')
      return io.runServer({
        mode: 'dev',
        listenAddress: flags['dev-listen-address'] ?? get('DEV_LISTEN_ADDRESS'),
        config: flags.config,
        tls: flags['dev-tls'] ? { folder } : undefined,
        rootToken: token ? new Secret(token) : undefined,
        logLevel,
      })
    }
    if (flags.config === undefined)
      throw new Failure('set the configuration with -config=FILE, or use -dev for experiments')
    const { config, check, strict, user } = flags
    if (!check && (strict || user !== undefined))
      throw new Failure('-strict and -user require -check')
    return io.runServer({ mode: 'file', config, check, strict, user, logLevel })
  },
})
