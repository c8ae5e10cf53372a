import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { expect } from 'chai'
import { parse } from 'yaml'
import { certificateAuthority } from '../../support/certificates.ts'
import { usePage } from '../../support/docs/page.ts'
import { EngineProcess } from '../../support/engine-process.ts'
import { freePort } from '../../support/free-port.ts'
import { patroniSettings } from '../../support/patroni-settings.ts'
import { Postgres } from '../../support/postgres.ts'
import { until } from '../../support/until.ts'
import { Node, ROLE } from '../cluster/cluster.ts'

const PROGRAM = join(import.meta.dirname, '../../../dist/postern')

/** A PostgreSQL server with TLS, and engines that have what the page shows in their configuration. */
class Engines implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'postern-docs-'))
  readonly authority = certificateAuthority(join(this.folder, 'ca'))
  readonly nodes: Node[] = []
  postgres: Postgres | undefined
  storage = ''

  static async start(): Promise<Engines> {
    const site = new Engines()
    const key = randomBytes(32).toString('hex')
    writeFileSync(join(site.folder, 'seal.key'), key, { mode: 0o600 })
    site.postgres = await Postgres.start(site.authority.issue({ addresses: ['127.0.0.1'] }))
    return site
  }

  /** An engine on the page's storage. @param top lines before all tables */
  async node(name: string, top = ''): Promise<Node> {
    const file = join(this.folder, `${name}.toml`)
    const listener = '[listener]\naddress = "127.0.0.1:0"\ntls_disable = true\n'
    const seal = `[seal]\ntype = "file"\npath = "${join(this.folder, 'seal.key')}"\n`
    // what a first start needs besides, as the page says below
    const storage = `${this.storage}cluster_id = "new"\n`
    writeFileSync(file, `${top}${listener}${storage}${seal}`, { mode: 0o600 })
    const node = new Node(file, [PROGRAM])
    this.nodes.push(node)
    await node.start()
    return node
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map(node => node.stop('SIGKILL')))
    await this.postgres?.[Symbol.asyncDispose]()
    rmSync(this.folder, { recursive: true })
  }
}

/** The server has a "postern" already, who owns it. */
const OTHER_NAME = [/\bpostern\b/g, 'page'] as const

async function createDatabase({ postgres }: Engines, text: string): Promise<void> {
  for (const statement of text.replace(...OTHER_NAME).split(';\n')) await postgres?.ask(statement)
}

/** Two engines on the database: what one issues, the other verifies, once. */
async function share(site: Engines, text: string): Promise<void> {
  const { host } = new URL(site.postgres?.url() ?? '')
  site.storage = text
    .replace('/etc/postern/db-ca.pem', site.authority.caFile)
    .replace('//postern:...@db.example.com/postern?', `//page:...@${host}/page?`)
  expect(site.storage).to.contain(`//page:...@${host}/page?sslmode=verify-full`)
  const [first, second] = await Promise.all([site.node('one'), site.node('two')])
  const { root_token } = await first.must('POST', 'sys/init', {})
  for (const node of [first, second]) {
    node.token = root_token
    await node.ready()
  }
  await first.must('POST', 'sys/mounts/ssh', { type: 'ssh' })
  await first.must('POST', 'ssh/roles/web', ROLE)
  const { otp } = await first.issue()
  const verified = await Promise.all([first.verify(otp), second.verify(otp)])
  expect(verified.map(({ status }) => status).toSorted()).to.deep.equal([200, 400])
  const tables = "select tableowner from pg_tables where schemaname = 'public'"
  const owners = await site.postgres?.ask(tables, site.postgres.url('page'))
  expect(owners).to.deep.include({ tableowner: 'page' })
  for (const node of [first, second]) await node.stop('SIGKILL')
}

/** An engine finds the one server that answers among the three that the page names. */
async function findAmongThree(site: Engines, text: string): Promise<void> {
  const { host } = new URL(site.postgres?.url() ?? '')
  const elsewhere = `127.0.0.1:${await freePort()}`
  site.storage = text
    .replace('/etc/postern/db-ca.pem', site.authority.caFile)
    .replace(
      '//postern:...@db1,db2,db3/postern?',
      `//page:...@${elsewhere},${host},${elsewhere}/page?`,
    )
  const node = await site.node('three')
  await node.ready()
  await node.stop('SIGKILL')
}

/** The clusters of the long tests have all that the page advises. */
async function isTested(_: Engines, text: string): Promise<void> {
  const place = { name: '', folder: '', programs: '', api: '', etcd: '', listen: '', connect: '' }
  expect(patroniSettings(place)).to.containSubset(parse(text))
}

/** Sends a request, after `start`, from an address of this machine. Gives what is answered. */
type Say = (from: string, start: string, header?: string) => Promise<string>

/** An engine with this in `[listener]`, and 127.0.0.1 in place of the page's balancer. */
async function behind(text: string, use: (say: Say) => Promise<unknown>): Promise<void> {
  expect(text).to.contain(BALANCER)
  const config = text.replace(BALANCER, '127.0.0.1')
  await using engine = await EngineProcess.start(() => ({ config }))
  const port = Number(new URL(engine.url).port)
  await use((localAddress, start, header = '') => {
    const socket = connect({ port, host: '127.0.0.1', localAddress })
    const lines = ['GET /v1/sys/mounts HTTP/1.1', 'Host: x', 'Connection: close']
    socket.write(`${start}${lines.join('\r\n')}\r\n${header}\r\n`)
    return readAll(socket).catch(() => '')
  })
}

const BALANCER = '10.0.0.5'

/** Without a token, 403 is an answer to a request that was let through. */
const [PASSED, REJECTED] = [/^HTTP\/1.1 403/, /^HTTP\/1.1 400/]

const FORWARDED = 'X-Forwarded-For: 10.9.9.9\r\n'

const forwardHttp = (_: Engines, text: string) =>
  behind(text, async say => {
    expect(await say('127.0.0.1', '', FORWARDED)).to.match(PASSED)
    expect(await say('127.0.0.1', '')).to.match(REJECTED)
    expect(await say('127.0.0.2', '', FORWARDED)).to.match(REJECTED)
  })

const PROXY = 'PROXY TCP4 10.9.9.9 10.0.0.5 4711 8200\r\n'

const forwardTcp = (_: Engines, text: string) =>
  behind(text, async say => {
    expect(await say('127.0.0.1', PROXY)).to.match(PASSED)
    expect(await say('127.0.0.2', PROXY)).to.equal('')
    expect(await say('127.0.0.2', '')).to.equal('')
  })

/** All four serve, on the storage that the page has shown. */
async function work(site: Engines, text: string): Promise<void> {
  const engine = await site.node('workers', text)
  await engine.ready()
  await until(
    () => started(engine) === 4,
    () => engine.log,
  )
}

const started = ({ log }: Node) => [...log.matchAll(/"server started"/g)].length

describe('Several engines', () => {
  usePage(
    'docs/cluster.md',
    [
      { block: 'create role postern', use: createDatabase },
      { block: '[storage]\ntype = "postgresql"', use: share },
      { block: '[storage]\ntype = "postgresql"', use: findAmongThree },
      { block: 'bootstrap:', use: isTested },
      { block: 'x_forwarded_for_authorized_addrs', use: forwardHttp },
      { block: 'proxy_protocol_behavior', use: forwardTcp },
      { block: 'workers = 4', use: work },
    ],
    () => Engines.start(),
  )
})
