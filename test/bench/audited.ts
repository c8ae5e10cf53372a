import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certificateAuthority } from '../support/certificates.ts'
import type { Program } from './programs.ts'
import { prepare, request, tokenOf, VERIFY } from './requests.ts'
import { median, rowOf, type Sample, sampleOf } from './sample.ts'
import { startEngine } from './servers.ts'
import type { Row } from './table.ts'

const ROUNDS = 3
const MILLISECONDS = 1000
const CLIENTS = 32

/** What writing everything down costs a password that is made and used, beside the same engine that writes nothing down. */
export async function auditedRows(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
  try {
    const authority = certificateAuthority(folder)
    const certificate = authority.issue({ addresses: ['127.0.0.1'] })
    const ca = readFileSync(authority.caFile, 'utf8')
    const device = (name: string, more = '') =>
      `[[audit]]\nfile_path = "${join(folder, name)}"\n${more}`
    await using silent = await startEngine(certificate, folder)
    await using file = await startEngine(certificate, folder, device('audit.log'))
    await using synced = await startEngine(
      certificate,
      folder,
      device('synced.log', 'sync = true\n'),
    )
    return await measure({ silent, file, synced }, ca)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function measure(
  engines: Readonly<Record<'silent' | 'file' | 'synced', Program>>,
  ca: string,
) {
  const samples: Record<keyof typeof engines, Sample[]> = { silent: [], file: [], synced: [] }
  for (const engine of Object.values(engines)) await prepare(engine, ca)
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, engine] of Object.entries(engines)) {
      const first = request('POST', '/v1/ssh/creds/web', { ip: '10.1.2.3' }, tokenOf(engine))
      const work = { kind: 'pair', first, verify: VERIFY } as const
      const job = { ca, clients: CLIENTS, milliseconds: MILLISECONDS, work }
      samples[name as keyof typeof engines].push(await sampleOf(name, [engine], job))
    }
  const [none, ...others] = [samples.silent, samples.file, samples.synced].map(median)
  const names = ['  written to a file', '  and to the disk']
  if (!none) return []
  return [
    rowOf('creds and verify, pairs, without an audit log', { one: none, to: none }),
    ...others.map((one, at) => rowOf(names[at] ?? '', { one, to: none })),
  ]
}
