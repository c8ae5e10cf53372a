import { Readable, Writable } from 'node:stream'
import { expect } from 'chai'
import { cli } from '../../../../engine/cli/cli.ts'
import type { ServerOptions } from '../../../../engine/cli/cli-io.ts'

describe('postern server', () => {
  /** Runs the command; gives what the server would have been started with, or what was said instead. */
  async function started(words: readonly string[], environment: Record<string, string> = {}) {
    const starts: ServerOptions[] = []
    let said = ''
    const sink = new Writable({
      write(chunk, _, done) {
        said += chunk
        done()
      },
    })
    const code = await cli(['server', ...words], {
      environment,
      stdin: () => Readable.from([]),
      stdout: sink,
      stderr: sink,
      version: '1.2.3',
      self: ['postern'],
      async runServer(given) {
        starts.push(given)
        return 3
      },
      runStorage: async () => 0,
    })
    const [options] = starts
    if (!options) return { code, said }
    const secret = options.mode === 'dev' ? options.rootToken?.reveal() : undefined
    return { code, options: secret ? { ...options, rootToken: secret } : options }
  }

  const DEV = {
    mode: 'dev',
    listenAddress: undefined,
    config: undefined,
    tls: undefined,
    rootToken: undefined,
    logLevel: undefined,
  }

  for (const [words, environment, options] of [
    [['-dev'], {}, DEV],
    [
      ['-dev', '-dev-root-token-id=root', '-dev-listen-address', '127.0.0.1:0', '-log-level=debug'],
      {},
      { ...DEV, listenAddress: '127.0.0.1:0', rootToken: 'root', logLevel: 'debug' },
    ],
    [
      ['-dev'],
      { VAULT_DEV_ROOT_TOKEN_ID: 'root', VAULT_DEV_LISTEN_ADDRESS: '[::1]:1' },
      { ...DEV, rootToken: 'root', listenAddress: '[::1]:1' },
    ],
    [['-dev', '-config=/etc/engine.toml'], {}, { ...DEV, config: '/etc/engine.toml' }],
    [['-dev-tls'], {}, { ...DEV, tls: { folder: undefined } }],
    [['-dev-tls', '-dev-tls-cert-dir=/srv/tls'], {}, { ...DEV, tls: { folder: '/srv/tls' } }],
    [
      ['-config=/etc/engine.toml'],
      {},
      {
        mode: 'file',
        config: '/etc/engine.toml',
        check: false,
        strict: false,
        user: undefined,
        logLevel: undefined,
      },
    ],
  ] as const)
    it(`is started with ${words.join(' ')} ${Object.keys(environment).join(' ')}`, async () => {
      expect(await started(words, environment)).to.deep.equal({ code: 3, options })
    })

  for (const [words, said] of [
    [[], 'set the configuration with -config=FILE, or use -dev for experiments\n'],
    [['-dev', '-config=a', '-check'], '-check and -dev cannot be used together\n'],
    [['-dev', '-dev-tls-cert-dir=/a'], '-dev-tls-cert-dir requires -dev-tls\n'],
    [
      ['a'],
      'Too many arguments (expected 0, got 1)\nUsage: postern server [options]\n\n"postern server -help" describes it, with examples.\n',
    ],
  ] as const)
    it(`is not started with ${words.join(' ') || 'nothing'}`, async () => {
      expect(await started(words)).to.deep.equal({ code: 1, said })
    })
})
