import { readFileSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, type RequestOptions, request } from 'node:http'
import { request as secureRequest } from 'node:https'
import { join } from 'node:path'
import { expect } from 'chai'
import { certificateAuthority } from '../../support/certificates.ts'
import { describeLong } from '../../support/describe-long.ts'
import { EngineProcess } from '../../support/engine-process.ts'
import { freePort } from '../../support/free-port.ts'
import { balancers, startBalancer } from '../../support/real-balancer.ts'

const FORWARDED = ['x_forwarded_for_authorized_addrs = ["127.0.0.1"]']
const PROXIED = [
  'proxy_protocol_behavior = "deny_unauthorized"',
  'proxy_protocol_authorized_addrs = ["127.0.0.1"]',
]

/** Where the engine is, where the balancer is to listen, and a folder for what it needs. */
interface Place {
  readonly engine: string
  readonly port: number
  readonly folder: string
}

const nginx = ({ engine, port, folder }: Place) => `
  daemon off; master_process off; pid ${folder}/nginx.pid; error_log stderr;
  events { worker_connections 2048; }
  http {
    access_log off;
    ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(each => `${each}_temp_path ${folder};`).join(' ')}
    server {
      listen 127.0.0.1:${port};
      location / {
        proxy_pass http://${engine};
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      }
    }
  }`

const haproxy =
  (mode: string, { front = '', back = '', more = '' }) =>
  ({ engine, port, folder }: Place) =>
    `
defaults
  mode ${mode}
  timeout connect 5s
  timeout client 20s
  timeout server 20s
  timeout check 10s
  ${more}
frontend in
  bind 127.0.0.1:${port} ${front.replaceAll('FOLDER', folder)}
  default_backend engines
backend engines
  option httpchk GET /v1/sys/health
  server one ${engine} check inter 100ms ${back}
`

/** Each balancer in the manners in which it can tell where a client is, with what the engine is configured to take. */
const MANNERS = [
  ['nginx, with X-Forwarded-For', FORWARDED, nginx],
  ['HAProxy, with X-Forwarded-For', FORWARDED, haproxy('http', { more: 'option forwardfor' })],
  ['HAProxy, with the PROXY protocol', PROXIED, haproxy('tcp', { back: 'send-proxy' })],
  [
    'HAProxy, with version 2 of it',
    PROXIED,
    haproxy('tcp', { back: 'send-proxy-v2 check-send-proxy' }),
  ],
  [
    'HAProxy, with version 2 and what it knows of TLS',
    PROXIED,
    haproxy('http', {
      front: 'ssl crt FOLDER/front.pem',
      back: 'send-proxy-v2-ssl-cn proxy-v2-options ssl,cert-cn,authority,unique-id',
    }),
  ],
] as const

// a test that is skipped would count as failed

describeLong('An engine behind a real load balancer', function () {
  this.timeout(120_000)

  let root: string
  before(() => {
    root = balancers()
  })

  for (const [manner, settings, configuration] of MANNERS)
    describe(`${manner},`, () => {
      const stack = new AsyncDisposableStack()
      let engine: EngineProcess
      let port: number
      before(async () => {
        engine = stack.use(
          await EngineProcess.start(folder => ({
            ui: true,
            config: [...settings, '[[audit]]', `file_path = "${folder}/audit.log"`, ''].join('\n'),
          })),
        )
        const { folder } = engine
        const { keyFile, certFile } = certificateAuthority(folder).issue({ names: ['engine'] })
        writeFileSync(
          join(folder, 'front.pem'),
          [certFile, keyFile].map(each => readFileSync(each, 'utf8')).join(''),
        )
        port = await freePort()
        const file = join(folder, 'balancer.conf')
        writeFileSync(file, configuration({ engine: new URL(engine.url).host, port, folder }))
        const program = manner.startsWith('nginx') ? 'nginx' : 'haproxy'
        stack.use(await startBalancer(root, { program, file, port }))
        const headers = { 'X-Forwarded-For': '127.0.0.1' }
        for (const [path, data] of [
          ['sys/mounts/ssh', { type: 'ssh' }],
          ['ssh/roles/web', { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }],
        ] as const)
          expect((await ask(path, { token: engine.token, data, headers })).statusCode).to.equal(204)
      })
      after(() => stack.disposeAsync())

      interface Asked {
        readonly from?: string
        readonly token?: string
        readonly headers?: Record<string, string>
        readonly data?: object
      }

      /** Asks by way of the balancer. A path with a slash in front is not one of the API. */
      async function ask(path: string, { from = '127.0.0.2', token, headers, data }: Asked) {
        const whole = path.startsWith('/') ? path : `/v1/${path}`
        const secure = manner.includes('TLS')
        const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
        const options: RequestOptions & { rejectUnauthorized: boolean } = {
          ...{ host: '127.0.0.1', port, path: whole, method: data ? 'POST' : 'GET' },
          ...{ localAddress: from, rejectUnauthorized: false, agent: false },
          headers: { ...headers, ...(token && { 'X-Vault-Token': token }) },
        }
        const asked = (secure ? secureRequest : request)(options, answer =>
          resolve(answer.resume()),
        )
        asked.on('error', reject).end(data && JSON.stringify(data))
        return await promise
      }

      const guess = async (from: string, headers = {}) => {
        const data = { otp: '2f7e25a2-24c9-4b7b-0d35-27d5e5203a5c' }
        return (await ask('ssh/verify', { from, headers, data })).statusCode
      }
      const log = () => readFileSync(join(engine.folder, 'audit.log'), 'utf8')

      it('knows where a client is', async () => {
        expect(await guess('127.0.0.7')).to.equal(400)
        expect(log()).to.include('"remote_address":"127.0.0.7"')
      })

      it('takes no word of the client for it', async () => {
        for (const header of ['203.0.113.9', '127.0.0.1', '203.0.113.9, 127.0.0.1'])
          expect(await guess('127.0.0.8', { 'X-Forwarded-For': header })).to.equal(400)
        expect(log()).to.include('"remote_address":"127.0.0.8"')
        expect(log()).not.to.match(/"remote_address":"(?:203|127\.0\.0\.1")/)
      })

      it('limits who guesses, and nobody else behind the balancer', async () => {
        const guesses = Array.from({ length: 300 }, () => guess('127.0.0.9'))
        expect(await Promise.all(guesses)).to.include(429)
        expect(await guess('127.0.0.10')).to.equal(400)
      })

      it('serves the page', async () => {
        const { statusCode, headers } = await ask('/', {})
        expect([statusCode, headers.location]).to.deep.equal([307, '/ui/'])
        const page = await ask('/ui/ssh', { headers: { 'Accept-Encoding': 'br' } })
        expect(page.statusCode).to.equal(200)
        expect(page.headers).to.include({ 'content-encoding': 'br', 'cache-control': 'no-store' })
        expect(page.headers['content-security-policy']).to.match(/^default-src 'none'; /)
      })

      it('answers what the balancer itself asks', async () => {
        const answer = await fetch(`${engine.url}/v1/sys/health`)
        expect(answer.status).to.equal(200)
      })
    })
})
