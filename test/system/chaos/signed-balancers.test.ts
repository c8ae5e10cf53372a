import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describeLong } from '../../support/describe-long.ts'
import { EngineProcess } from '../../support/engine-process.ts'
import { freePort } from '../../support/free-port.ts'
import { Bed, expectEnd, HELPER, HERE } from '../../support/helper.ts'
import { balancers, startBalancer } from '../../support/real-balancer.ts'

/** Where the engine is, where the balancer listens, and a folder with its certificate and key in front.pem. */
interface Place {
  readonly engine: string
  readonly port: number
  readonly folder: string
}

/** A reply that lets alice in, by somebody on the way. */
const FORGED = `{"data":{"username":"alice","ip":"${HERE}","role_name":"ops"}}`

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

const nginx =
  (location: string, rest = '') =>
  ({ engine, port, folder }: Place) =>
    `
daemon off; master_process off; pid ${folder}/nginx.pid; error_log stderr;
events { worker_connections 256; }
http {
  access_log off;
  ${TEMPORARY.map(each => `${each}_temp_path ${folder}/temporary;`).join(' ')}
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${folder}/front.pem;
    ssl_certificate_key ${folder}/front.pem;
    ${rest}
    location ${location} {
      proxy_pass http://${engine}/;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }
}
`

const haproxy = ({ engine, port, folder }: Place) => `
defaults
  mode http
  timeout connect 5s
  timeout client 20s
  timeout server 20s
  option forwardfor
frontend in
  bind 127.0.0.1:${port} ssl crt ${folder}/front.pem
  default_backend engines
backend engines
  server one ${engine}
`

const VERIFY = `location = /v1/ssh/verify { default_type application/json; return 200 '${FORGED}'; }`

const WAYS = [
  ['nginx', 'nginx', nginx('/'), ''],
  ['nginx that takes a prefix away', 'nginx', nginx('/postern/'), '/postern'],
  ['HAProxy', 'haproxy', haproxy, ''],
] as const

// a test that is skipped would count as failed

describeLong('An enrolled host behind a balancer that ends TLS', function () {
  this.timeout(120_000)

  const bed = new Bed()
  let root: string
  before(() => {
    root = balancers()
  })
  after(() => bed[Symbol.dispose]())

  /** An engine behind a balancer, and the configuration of a host that is enrolled through it. */
  async function enrolled(
    stack: AsyncDisposableStack,
    [, program, configuration, prefix]: (typeof WAYS)[number],
  ) {
    const config =
      'x_forwarded_for_authorized_addrs = ["127.0.0.1"]\nx_forwarded_for_reject_not_present = false\n'
    const engine = stack.use(await EngineProcess.start(() => ({ config })))
    const { folder, url } = engine
    const front = [bed.certificate.certFile, bed.certificate.keyFile]
    const pem = front.map(file => readFileSync(file, 'utf8')).join('')
    writeFileSync(join(folder, 'front.pem'), pem, { mode: 0o600 })
    // nginx gives it to nobody
    mkdirSync(join(folder, 'temporary'))
    const port = await freePort()
    const file = join(folder, 'balancer.conf')
    const write = (make: (place: Place) => string) =>
      writeFileSync(file, make({ engine: new URL(url).host, port, folder }))
    write(configuration)
    const balancer = await startBalancer(root, { program, file, port })

    await engine.post('sys/mounts/ssh', { type: 'ssh' })
    const role = { key_type: 'otp', default_user: 'alice', cidr_list: '10.0.0.0/8' }
    await engine.post('ssh/roles/ops', role)
    await engine.post('ssh/roles/named', { ...role, cidr_list: '', hosts: 'web-*' })
    const { body } = await engine.post('ssh/hosts/web-1/enroll')
    const settings = {
      ...{ vault_addr: `https://127.0.0.1:${port}${prefix}`, ca_cert: bed.authority.caFile },
      ...{ allowed_roles: '*', log_file: join(folder, 'helper.log'), deadline: '20s' },
      state_directory: folder,
    }
    const toml = join(folder, 'helper.toml')
    const lines = Object.entries(settings).map(([name, value]) => `${name} = "${value}"\n`)
    writeFileSync(toml, lines.join(''), { mode: 0o600 })
    const token = join(folder, 'token')
    writeFileSync(token, body.data.token, { mode: 0o600 })
    const words = ['-name=web-1', `-token-file=${token}`, `-key=${join(folder, 'host-key')}`]
    execFileSync(HELPER, ['enroll', `-config=${toml}`, ...words])
    await engine.post('ssh/config/verify', { anonymous: 'deny' })

    const text = () => readFileSync(toml, 'utf8')
    const log = () => readFileSync(join(folder, 'helper.log'), 'utf8').split('\n').at(-2) ?? ''
    const login = async (otp: string, file = text()) => ({
      ...(await bed.run({ input: otp, file })),
      log: `${log()}\n`,
    })
    const issue = async (path: string, data: object): Promise<string> =>
      (await engine.post(`ssh/creds/${path}`, data)).body.data.key
    const otp = () => issue('ops', { ip: HERE })
    return { engine, toml, text, login, issue, otp, port, file, balancer, write }
  }

  for (const way of WAYS)
    describe(`(${way[0]})`, () => {
      const stack = new AsyncDisposableStack()
      let made: Awaited<ReturnType<typeof enrolled>>
      before(async () => {
        made = await enrolled(stack, way)
        stack.use(made.balancer)
      })
      after(() => stack.disposeAsync())

      it('lets users in with passwords for its address and for its name', async () => {
        const { login, issue, otp } = made
        expectEnd(await login(await otp()), 'allowed')
        expectEnd(await login(await issue('named', { host: 'web-1' })), 'allowed')
      })

      it('is denied without its key, and the password can still be used', async () => {
        const { login, otp, text } = made
        const password = await otp()
        const unsigned = text().replace(/^host_.*\n/gm, '')
        expectEnd(await login(password, unsigned), 'denied', /enrolled hosts only/)
        expectEnd(await login(password), 'allowed')
      })

      it('fetches the signed lists, and is seen with what it tells', async () => {
        for (const verb of ['verify-keys', 'krl'])
          for (let run = 0; run < 2; run++) {
            const words = verb === 'krl' ? [`-out=${made.engine.folder}/krl`] : []
            // the keys are those of the file that the host was enrolled with
            const { status, stderr } = spawnSync(HELPER, [verb, `-config=${made.toml}`, ...words])
            expect([status, `${stderr}`]).to.deep.equal([0, ''])
          }
        const { body } = await made.engine.ask('GET', 'ssh/hosts/web-1')
        expect(body.data).to.include.keys(
          'last_verify_time',
          'verify_keys_version',
          'helper_version',
        )
      })
    })

  it('lets nobody in with what the balancer itself answers, and the password is not seen', async () => {
    await using stack = new AsyncDisposableStack()
    const made = await enrolled(stack, WAYS[0])
    await made.balancer[Symbol.asyncDispose]()
    made.write(nginx('/', VERIFY))
    stack.use(await startBalancer(root, { program: 'nginx', file: made.file, port: made.port }))
    const otp = await made.otp()
    expectEnd(await made.login(otp), 'protocol', /the answer is not signed/)
    const plain = made.text().replace(/^(?:host|verify)_.*\n/gm, '')
    // what a host without keys believes
    expectEnd(await made.login(otp, plain), 'allowed')
  })
})
