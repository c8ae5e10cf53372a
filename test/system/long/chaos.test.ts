import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { inspect } from '../../chaos/inspect.ts'
import { Ledger } from '../../chaos/ledger.ts'
import { issue, redeem } from '../../chaos/load.ts'
import { startAgain } from '../../chaos/site.ts'
import { SqliteSite } from '../../chaos/sqlite-site.ts'

const PROGRAM = join(import.meta.dirname, '../../chaos/chaos.ts')

describe('Engines that are disturbed again and again', function () {
  this.timeout(15 * 60_000)

  const folder = mkdtempSync(join(tmpdir(), 'postern-chaos-results-'))
  after(() => rmSync(folder, { recursive: true }))

  for (const storage of ['sqlite', 'postgresql', 'standby', 'hosts'] as const)
    it(`lose nothing that they have acknowledged: ${storage}`, () => {
      const words = ['-kills=25', `-storage=${storage}`, `-results=${join(folder, storage)}`]
      const command = [PROGRAM, ...words]
      const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' })
      expect(status, `${stdout}${stderr}`).to.equal(0)
    })

  it('are found out when an older copy takes the place of their data', async () => {
    await using site = await SqliteSite.start('127.29.0.1')
    const [node] = site.nodes
    if (!node) throw new Error('there is no engine')
    const ledger = new Ledger()
    const [data, copy] = [join(site.folder, 'data-0'), join(site.folder, 'copy')]
    const password = await issue(node, ledger)
    if (!password) throw new Error('there is no password')
    await node.stop('SIGKILL')
    execFileSync('cp', ['-a', data, copy])
    await startAgain(node)
    await node.ready()
    await redeem(password, node, ledger)
    for (let count = 0; count < 6; count++) await issue(node, ledger)
    await node.stop('SIGKILL')
    rmSync(data, { recursive: true })
    renameSync(copy, data)
    await startAgain(node)
    await node.ready()
    await inspect({ nodes: site.nodes, ledger, random: Math.random })
    const kinds = new Set(ledger.findings.map(({ kind }) => kind))
    expect([...kinds].toSorted()).to.deep.equal(['lost', 'spent twice'])
    rmSync(site.folder, { recursive: true })
  })
})
