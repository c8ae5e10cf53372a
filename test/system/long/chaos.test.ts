import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import { inspect } from '../../chaos/inspect.ts'
import { Ledger } from '../../chaos/ledger.ts'
import { issue, Load } from '../../chaos/load.ts'
import { STORAGES } from '../../chaos/site.ts'
import { SqliteSite } from '../../chaos/sqlite-site.ts'

const PROGRAM = join(import.meta.dirname, '../../chaos/chaos.ts')

describe('Engines that are disturbed again and again', function () {
  this.timeout(15 * 60_000)

  const folder = mkdtempSync(join(tmpdir(), 'postern-chaos-results-'))
  after(() => rmSync(folder, { recursive: true }))

  for (const storage of ['sqlite', 'postgresql', 'standby'] as const)
    it(`lose nothing that they have acknowledged: ${storage}`, () => {
      const words = ['-kills=25', `-storage=${storage}`, `-results=${join(folder, storage)}`]
      const command = [PROGRAM, ...words]
      const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' })
      expect(status, `${stdout}${stderr}`).to.equal(0)
    })

  it('are of every storage that can be chosen', () => {
    expect(STORAGES).to.deep.equal(['sqlite', 'postgresql', 'standby'])
  })

  it('are found out when an older copy takes the place of their data', async () => {
    await using site = await SqliteSite.start('127.29.0.1')
    const [node] = site.nodes
    if (!node) throw new Error('there is no engine')
    const ledger = new Ledger()
    const target = { nodes: site.nodes, ledger, random: Math.random }
    await issue(node, ledger)
    const load = new Load(target, 4)
    await delay(500)
    await node.stop('SIGKILL')
    const data = join(site.folder, 'data-0')
    execFileSync('cp', ['-a', data, join(site.folder, 'copy')])
    await node.start()
    await delay(1500)
    await load.stop()
    await node.stop('SIGKILL')
    rmSync(data, { recursive: true })
    execFileSync('mv', [join(site.folder, 'copy'), data])
    await node.start()
    await node.ready()
    await inspect(target)
    const kinds = new Set(ledger.findings.map(({ kind }) => kind))
    expect([...kinds].toSorted()).to.include.members(['lost', 'spent twice'])
    rmSync(site.folder, { recursive: true })
  })
})
