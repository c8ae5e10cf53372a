import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { readTls } from '../../../engine/config/read-tls.ts'
import { certificateAuthority } from '../../support/certificates.ts'
import { expressionsOf } from '../../support/expressions.ts'
import { quickServer } from '../../support/quick-server.ts'
import { testEngine } from '../../support/test-engine.ts'

const ROOT = join(import.meta.dirname, '../../..')

/** The names of all metrics of an engine with TLS. */
async function metricNames(folder: string): Promise<readonly string[]> {
  const { issue, caFile } = certificateAuthority(folder)
  const { certFile, keyFile } = issue({ addresses: ['127.0.0.1'] })
  const tls = { certificateFile: certFile, keyFile, minVersion: 'tls12' } as const
  await using server = await quickServer(await readTls({ tls, tlsCaFile: caFile }))
  const counts = await server.counts()
  // those of the store are the same for all processes, so a process does not count them by itself
  const { core } = await testEngine()
  const text = await core.metrics.text()
  const all = [...text.matchAll(/^# HELP (\w+)/gm)].map(([, name = '']) => name)
  return [...counts.map(({ name }) => name), ...all]
}

describe('The alert rules and the dashboard', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-metrics-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  it('name metrics that an engine has, and events that it counts', async () => {
    const known = await metricNames(folder)
    const events = readFileSync(join(ROOT, 'engine/api/event.ts'), 'utf8')
    const expressions = expressionsOf()
    expect(expressions.length).to.be.greaterThan(25)
    const unknown = expressions.flatMap(text => [
      ...(text.match(/\b(?:postern|process|nodejs)_\w+/g) ?? [])
        .map(name => name.replace(/_(?:bucket|sum|count)$/, ''))
        .filter(name => !known.includes(name)),
      ...[...text.matchAll(/event="(\w+)"/g)]
        .map(([, name = '']) => name)
        .filter(name => !events.includes(`'${name}'`)),
    ])
    expect(unknown).to.deep.equal([])
  })
})
