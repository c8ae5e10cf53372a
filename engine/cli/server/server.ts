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
Runs the engine until it gets SIGINT or SIGTERM. An error in the configuration is told at once, with exit code 1.

With a configuration:

    $ postern server -config=/etc/postern/engine.toml

Before a restart, whether the configuration is right, and what should be otherwise, such as a certificate that is about to expire:

    $ postern server -config=/etc/postern/engine.toml -check -strict

To try things: in memory, unsealed, without TLS, with a root token of your choice:

    $ postern server -dev -dev-root-token-id=root

The same with TLS, by a certificate that is made for it:

    $ postern server -dev-tls`,
  flags: {
    config: string({ description: 'TOML file with the configuration.' }),
    dev: boolean({
      description:
        'Keep everything in memory, unsealed, without TLS. For trying things only. With -config all of that counts but [storage], [seal] and workers.',
      default: false,
    }),
    'dev-tls': boolean({
      description:
        'The same as -dev, with TLS: makes a CA and a certificate, and tells where they are.',
      default: false,
    }),
    'dev-tls-cert-dir': string({
      description:
        'Folder for the files of -dev-tls. Without it they are in a temporary one, which is removed at the end.',
    }),
    check: boolean({
      description:
        'Only check the configuration and the files that it names, and exit: with 0 if the engine can start, with 1 if not. Warnings are printed, too.',
      default: false,
    }),
    strict: boolean({
      description: 'With -check: exit with 2 if there are warnings.',
      default: false,
    }),
    user: string({
      description:
        'With -check by root: look as this user, who runs the engine. Without it as "postern", if there is such a user.',
    }),
    'dev-root-token-id': string({
      description:
        'Root token of a -dev server; without it one is made up and printed. Also POSTERN_DEV_ROOT_TOKEN_ID.',
    }),
    'dev-listen-address': string({
      description: `Address of a -dev server; port 0 takes any that is free. Also POSTERN_DEV_LISTEN_ADDRESS. Without any, that of -config, or 127.0.0.1:8200.`,
    }),
    'log-level': string({
      description:
        'What is logged: "trace", "debug", "info", "warn" or "error". Also POSTERN_LOG_LEVEL.',
    }),
  },
  arguments: [0, 0],
  local: true,
  run({ flags, io }) {
    const get = (name: string) => variable(io.environment, name)
    const logLevel = flags['log-level'] ?? get('LOG_LEVEL')
    const folder = flags['dev-tls-cert-dir']
    if (folder !== undefined && !flags['dev-tls'])
      throw new Failure('-dev-tls-cert-dir belongs to -dev-tls')
    if (flags.dev || flags['dev-tls']) {
      if (flags.check) throw new Failure('-check is for a configuration without -dev')
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
      throw new Failure('give a configuration with -config=FILE; to try things, use -dev')
    const { config, check, strict, user } = flags
    if (!check && (strict || user !== undefined))
      throw new Failure('-strict and -user belong to -check')
    return io.runServer({ mode: 'file', config, check, strict, user, logLevel })
  },
})
