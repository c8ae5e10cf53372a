import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Certificate, certificateAuthority } from '../support/certificates.ts'
import { Postgres } from '../support/postgres.ts'
import { startLastingEngine, startLastingNode } from './lasting.ts'
import { BAO, OpenBao } from './open-bao.ts'
import type { Program } from './programs.ts'
import { prepare, request, tokenOf, VERIFY } from './requests.ts'
import { median, rowOf, type Sample, sampleOf } from './sample.ts'
import { startFloor } from './start-floor.ts'
import type { Row } from './table.ts'

const ROUNDS = 3
const MILLISECONDS = 2000
const CLIENTS = [1, 32, 256]
/** Milliseconds, and clients, with which each is used before it is measured: Node compiles what is used often. */
const WARM_UP = { milliseconds: 4000, clients: 32 }

/** Servers that are one to their clients; the first has told its root token. */
interface Contender {
  readonly name: string
  readonly nodes: readonly Program[]
  /** What its ratio to SQLite should be. */
  readonly aim?: (clients: number) => string | undefined
}

/** What has its data in the same database server as the engine. */
const RIVAL = 'OpenBao, PostgreSQL'

/**
 * Passwords made and used in a second, on every durable storage, as ratios to SQLite; beside a bare server of Node with the same commits;
 * and beside OpenBao, where `POSTERN_BENCH_BAO` names the program. In turns, and all on every core: PostgreSQL and a second node are processes of their own.
 */
export async function pairRows(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
  await using postgres = await Postgres.start()
  await using stack = new AsyncDisposableStack()
  try {
    const { caFile, issue } = certificateAuthority(folder)
    const certificate = issue({ addresses: ['127.0.0.1'] })
    const contenders = await startAll({ folder, certificate, caFile, postgres }, stack)
    const ca = readFileSync(caFile, 'utf8')
    for (const first of new Set(contenders.map(({ nodes }) => nodes[0])))
      if (first) await prepare(first, ca)
    for (const { name, nodes } of contenders) await pairs(name, nodes, { ca, ...WARM_UP })
    return await measure(contenders, ca)
  } finally {
    await stack.disposeAsync()
    rmSync(folder, { recursive: true })
  }
}

interface Place {
  readonly folder: string
  readonly certificate: Certificate
  readonly caFile: string
  readonly postgres: Postgres
}

async function startAll(
  { folder, certificate, caFile, postgres }: Place,
  stack: AsyncDisposableStack,
): Promise<readonly Contender[]> {
  const everyCore = true
  const sqlite = stack.use(await startLastingEngine(certificate, caFile, folder, { everyCore }))
  const url = await postgres.database()
  const shared = {
    storage: `type = "postgresql"\ncluster_id = "new"\nconnection_url = "${url}"`,
    everyCore,
  }
  // beside its seal key, an engine keeps which storage it has
  const own = mkdtempSync(join(folder, 'nodes-'))
  const one = stack.use(await startLastingEngine(certificate, caFile, own, shared))
  const other = stack.use(await startLastingNode(certificate, own, shared))
  const contenders: Contender[] = [
    { name: 'SQLite', nodes: [sqlite] },
    { name: 'PostgreSQL', nodes: [one], aim: clients => (clients > 1 ? '>= 0.6' : undefined) },
    { name: 'PostgreSQL, two nodes', nodes: [one, other] },
    {
      name: 'bare Node, SQLite',
      nodes: [stack.use(await startFloor(certificate, folder, everyCore))],
    },
  ]
  if (!BAO) return contenders
  const database = await postgres.database()
  for (const [name, storage, aim] of [
    ['OpenBao, raft', 'raft', '<= 0.33'],
    ['OpenBao, file', 'file', '<= 1'],
    [RIVAL, { database }, undefined],
  ] as const) {
    const bao = await OpenBao.create(BAO, certificate, { storage, folder, caFile })
    const node = stack.use(await bao.start(everyCore))
    contenders.push({ name, nodes: [node], aim: () => aim })
  }
  return contenders
}

async function measure(contenders: readonly Contender[], ca: string): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const clients of CLIENTS) {
    const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]))
    for (let round = 0; round < ROUNDS; round++)
      for (const { name, nodes } of contenders)
        samples
          .get(name)
          ?.push(await pairs(name, nodes, { ca, clients, milliseconds: MILLISECONDS }))
    const to = median(samples.get('SQLite') ?? [])
    const at = clients === 1 ? '1 client' : `${clients} clients`
    for (const { name, aim } of contenders) {
      const one = median(samples.get(name) ?? [])
      const title = name === 'SQLite' ? 'creds and verify, pairs:' : ' '
      rows.push(rowOf(`${title} ${name}, ${at}`, { one, to }, aim?.(clients)))
    }
    const rival = samples.get(RIVAL)
    if (!rival) continue
    const both = { one: median(samples.get('PostgreSQL') ?? []), to: median(rival) }
    const aim = clients === 1 ? '>= 1.5' : '>= 8'
    rows.push(rowOf(`  PostgreSQL to ${RIVAL}, ${at}`, both, aim))
  }
  return [...rows, ...memoryRows(contenders)]
}

function pairs(
  name: string,
  nodes: readonly Program[],
  load: { readonly ca: string; readonly clients: number; readonly milliseconds: number },
): Promise<Sample> {
  const token = nodes[0] ? tokenOf(nodes[0]) : ''
  const first = request('POST', '/v1/ssh/creds/web', { ip: '10.1.2.3' }, token)
  const work = { kind: 'pair', first, verify: VERIFY } as const
  return sampleOf(name, nodes, { ...load, work })
}

/** What each has in memory after that, as a ratio to SQLite, and OpenBao's to ours with the same database; of several nodes, the first. */
function memoryRows(contenders: readonly Contender[]): readonly Row[] {
  const amounts = contenders
    .filter(({ nodes }) => nodes.length === 1)
    .map(({ name, nodes }) => ({ name, amount: nodes[0]?.memory() ?? 0 }))
  const amountOf = (wanted: string) => amounts.find(({ name }) => name === wanted)?.amount ?? 1
  return amounts.map(({ name, amount }, at) => {
    const title = at === 0 ? `memory after these: ${name}` : `  ${name}`
    const isRival = name === RIVAL
    return {
      name: isRival ? `${title} to PostgreSQL` : title,
      ...{ amount, unit: 'MiB', ratio: amount / amountOf(isRival ? 'PostgreSQL' : 'SQLite') },
      aim: name.startsWith('OpenBao') ? '>= 1' : undefined,
    }
  })
}
