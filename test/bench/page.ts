import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bundlePage } from '../../packaging/build/page.ts'
import { certificateAuthority } from '../support/certificates.ts'
import { freePort } from '../support/free-port.ts'
import type { Work } from './load.ts'
import type { Program } from './programs.ts'
import { request } from './requests.ts'
import { median, rowOf, type Sample, sampleOf } from './sample.ts'
import { startEcho, startEngine } from './servers.ts'
import type { Row } from './table.ts'
import { timed } from './timed.ts'

const ROUNDS = 3
const STARTS = 11
const MILLISECONDS = 1000
const CLIENTS = 32

/** Bytes that the page may have when it is compressed; test/unit/packaging/build/page.test.ts holds it to them. */
const LIMIT = 60_000

const PROGRAM = join(import.meta.dirname, '../../dist/postern')

const DOCUMENT = '/ui/'
const HEALTH = '/v1/sys/health'

/** What the page weighs, how soon a new engine answers with it, and how often it can. */
export async function pageRows(): Promise<readonly Row[]> {
  return [...(await sizeRows()), ...(await startRows()), ...(await speedRows())]
}

async function sizeRows(): Promise<readonly Row[]> {
  const { files } = await bundlePage()
  const total = (isMeant: (name: string) => boolean) =>
    Object.entries(files)
      .filter(([name]) => isMeant(name))
      .reduce((sum, [, { length }]) => sum + length, 0)
  const row = (name: string, bytes: number, aim?: string): Row => {
    return { name, amount: bytes / 1000, unit: 'kB', ratio: bytes / LIMIT, aim }
  }
  return [
    row(
      'the page, uncompressed',
      total(name => !/\.(?:br|gz)$/.test(name)),
    ),
    row(
      '  with gzip',
      total(name => name.endsWith('.gz')),
    ),
    row(
      '  with Brotli',
      total(name => name.endsWith('.br')),
      '<= 1.00',
    ),
  ]
}

/** From the start of the program to the first answer, in turns. */
async function startRows(): Promise<readonly Row[]> {
  const starts: { readonly health: number; readonly document: number }[] = []
  for (let run = 0; run < STARTS; run++)
    starts.push({
      health: await timed(() => answerOfNew(HEALTH)),
      document: await timed(() => answerOfNew(DOCUMENT)),
    })
  const middle = (times: readonly number[]) => times.toSorted((a, b) => a - b)[STARTS >> 1] ?? 0
  const health = middle(starts.map(each => each.health))
  const document = middle(starts.map(each => each.document))
  const row = (name: string, amount: number): Row => {
    return { name, amount, unit: 'ms', ratio: amount / health, aim: undefined }
  }
  return [
    row('start of server -dev to sys/health', health),
    row('  to the document of the page', document),
  ]
}

async function answerOfNew(path: string): Promise<void> {
  const port = await freePort()
  const words = ['server', '-dev', `-dev-listen-address=127.0.0.1:${port}`]
  const child = spawn(PROGRAM, words, { stdio: 'ignore', env: {} })
  const ended = once(child, 'exit')
  try {
    await answer(`http://127.0.0.1:${port}${path}`, child)
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}

/** Asks until there is somebody who answers. @throws {Error} if the program ends before */
async function answer(url: string, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const reply = await fetch(url).catch(() => undefined)
    if (reply?.ok) return
    await sleep(1)
  }
  throw new Error(`${PROGRAM} ended with ${child.exitCode}`)
}

/** The document and the script, on connections that stay. */
async function speedRows(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
  try {
    const authority = certificateAuthority(folder)
    const certificate = authority.issue({ addresses: ['127.0.0.1'] })
    await using echo = await startEcho(certificate)
    await using engine = await startEngine(certificate, folder)
    return await measure({ echo, engine, ca: readFileSync(authority.caFile, 'utf8') })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function measure({ echo, engine, ca }: { echo: Program; engine: Program; ca: string }) {
  const { files } = await bundlePage()
  const script = Object.keys(files).find(name => /^assets\/main-.*\.js$/.test(name))
  const samples = new Map<string, Sample[]>()
  async function sample(name: string, program: Program, path: string) {
    const work: Work = {
      kind: 'repeat',
      request: request('GET', path, {}, 'Accept-Encoding: gzip, br\r\n'),
    }
    const job = { ca, clients: CLIENTS, milliseconds: MILLISECONDS, work }
    samples.set(name, [...(samples.get(name) ?? []), await sampleOf(name, [program], job)])
  }
  for (let round = 0; round < ROUNDS; round++) {
    await sample('echo', echo, HEALTH)
    await sample('health', engine, HEALTH)
    await sample('document', engine, DOCUMENT)
    await sample('script', engine, DOCUMENT + script)
  }
  const middle = (name: string) => median(samples.get(name) ?? [])
  const row = (name: string, of: string): Row =>
    rowOf(name, { one: middle(of), to: middle('echo') })
  return [
    row('raw TLS echo, keep-alive', 'echo'),
    row('  sys/health', 'health'),
    row('  the document of the page', 'document'),
    row('  its script', 'script'),
  ]
}
