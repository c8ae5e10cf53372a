import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certificateAuthority } from '../support/certificates.ts'
import { Postgres } from '../support/postgres.ts'
import { DatabaseServer } from './database-server.ts'
import { startLastingEngine, startLastingNode } from './lasting.ts'
import { ProcessorQuota } from './processor-quota.ts'
import { PINS, type Program } from './programs.ts'
import { prepare, request, tokenOf, VERIFY } from './requests.ts'
import { median, rowOf, type Sample, sampleOf } from './sample.ts'
import type { Row } from './table.ts'

const ROUNDS = 3
const MILLISECONDS = 2000
const CLIENTS = 32
/** What each node may use of the first core. */
const SHARE = 0.5

/** What nodes did in a round, with the processor time of the database for a pair, in microseconds. */
type Round = Sample & { readonly database: number }

/**
 * What a second node adds. The database and the load share one core, and each node has half of the other: one node alone, then two. From
 * the processor times of a pair follows the knee: how many nodes with a core each fill one core of the database. All pairs are verified at
 * the node that has issued them.
 */
export async function nodeRows(): Promise<readonly Row[]> {
  if (!PINS) throw new Error('the section nodes needs two cores, and the program taskset')
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
  using quotas = new DisposableStack()
  await using postgres = await Postgres.start()
  const server = await DatabaseServer.of(postgres)
  server.pin(1)
  await using programs = new AsyncDisposableStack()
  try {
    const { caFile, issue } = certificateAuthority(folder)
    const certificate = issue({ addresses: ['127.0.0.1'] })
    const url = await postgres.database()
    const storage = `type = "postgresql"\ncluster_id = "new"\nconnection_url = "${url}"`
    const one = programs.use(await startLastingEngine(certificate, caFile, folder, { storage }))
    const other = programs.use(await startLastingNode(certificate, folder, { storage }))
    const ca = readFileSync(caFile, 'utf8')
    await prepare(one, ca)
    // with a quota from the start, compiling would take the first round
    await pairs([one, other], server, { ca, token: tokenOf(one) })
    for (const node of [one, other]) quotas.use(ProcessorQuota.of(SHARE)).add(node)
    return await measure([one, other], server, ca)
  } finally {
    await programs.disposeAsync()
    rmSync(folder, { recursive: true })
  }
}

async function measure(
  nodes: readonly [Program, Program],
  server: DatabaseServer,
  ca: string,
): Promise<readonly Row[]> {
  const rounds: { readonly one: Round; readonly two: Round }[] = []
  for (let round = 0; round < ROUNDS; round++)
    rounds.push({
      one: await pairs(nodes.slice(0, 1), server, { ca, token: tokenOf(nodes[0]) }),
      two: await pairs(nodes, server, { ca, token: tokenOf(nodes[0]) }),
    })
  const [one, two] = [median(rounds.map(each => each.one)), median(rounds.map(each => each.two))]
  return [
    rowOf('pairs of nodes with half a core each: one node', { one, to: one }),
    rowOf('  two nodes', { one: two, to: one }, '>= 1.8'),
    databaseRow('  the database for a pair of one node', one),
    databaseRow('  the database for a pair of two nodes', two),
    {
      name: '  nodes with a core each that fill one core of the database',
      ...{ amount: (two.cpu ?? 0) / two.database, unit: 'nodes', ratio: 1, aim: undefined },
    },
    {
      name: '  pairs that fill one core of the database',
      ...{ amount: 1e6 / two.database, unit: '/s', ratio: 1, aim: undefined },
    },
  ]
}

/** Processor time, with its ratio to that of the nodes. */
const databaseRow = (name: string, { database, cpu }: Round): Row => ({
  ...{ name, amount: database, unit: 'us CPU', ratio: database / (cpu ?? 1), aim: undefined },
})

async function pairs(
  nodes: readonly Program[],
  server: DatabaseServer,
  { ca, token }: { readonly ca: string; readonly token: string },
): Promise<Round> {
  const first = request('POST', '/v1/ssh/creds/web', { ip: '10.1.2.3' }, token)
  const work = { kind: 'pair', first, verify: VERIFY } as const
  const before = server.cpu()
  const job = { ca, clients: CLIENTS, milliseconds: MILLISECONDS, work }
  const sample = await sampleOf('pairs', nodes, job)
  const count = (sample.perSecond * MILLISECONDS) / 1000
  return { ...sample, database: ((server.cpu() - before) * 1000) / count }
}
