import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import { Audit } from '../../../engine/audit/audit.ts'
import { newSalt, putDevice } from '../../../engine/audit/records.ts'
import { transact } from '../../../engine/storage/transact.ts'
import { auditFile } from '../../support/audit-file.ts'
import { testEngine } from '../../support/test-engine.ts'

/** An answer of health counts so long. */
const FRESH = 1050

describe('A node that can write to no audit device', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-silent-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** A node of which the device has been enabled on another, where the folder is there. */
  async function silent() {
    const said: object[] = []
    const server = await testEngine()
    const log = {
      info() {},
      warn() {},
      error: (facts: object, message: string) => said.push({ ...facts, message }),
    }
    const audit = new Audit(server.store, { cluster: () => '', log })
    const core = Object.assign(server.core, { log, audit })
    const options = { file_path: join(folder, 'only/there/audit.log') }
    const device = { path: 'file/', type: 'file', description: '', options, local: false }
    await transact(server.store, tx => putDevice(tx, { ...device, salt: newSalt() }))
    await audit.reload()
    return {
      ...server,
      core,
      said,
      status: async (...words: Parameters<typeof server.ask>) =>
        (await server.ask(...words)).status,
    }
  }

  it('is not ready, before anybody has asked it for anything, and says which device it is', async () => {
    const server = await silent()
    expect(await server.get('sys/health')).to.deep.equal({
      status: 503,
      body: { errors: ['no audit device takes lines'] },
    })
    expect(server.said).to.have.length(1)
    expect(server.said[0]).to.include({ device: 'file/' })
    await wait(FRESH)
    expect(await server.status('read', 'sys/health')).to.equal(503)
    expect(server.said).to.have.length(1)
    mkdirSync(join(folder, 'only/there'), { recursive: true })
    await wait(FRESH)
    expect(await server.status('read', 'sys/health')).to.equal(200)
    await server.core.audit.close()
  })

  it('refuses everything, but that the device is disabled, which its own log says', async () => {
    const server = await silent()
    for (const [operation, path] of [
      ['read', 'sys/mounts'],
      ['read', 'sys/audit'],
      ['update', 'sys/audit/other'],
      ['update', 'ssh/creds/web'],
      ['delete', 'sys/mounts/ssh'],
      ['delete', 'sys/policies/acl/x'],
    ] as const)
      expect(await server.status(operation, path), `${operation} ${path}`).to.equal(500)
    // whoever may not do it is refused as before
    for (const token of ['', 'nobody'])
      expect(await server.status('delete', 'sys/audit/file', {}, token)).to.equal(500)
    server.said.length = 0
    expect(await server.status('delete', 'sys/audit/file')).to.equal(204)
    expect(server.said).to.deep.include.members([
      {
        ...(server.said[0] as object),
        operation: 'delete',
        path: 'sys/audit/file',
        by: 'root',
        message: 'performed without an audit line, since the audit log cannot be written',
      },
    ])
    expect(await server.status('read', 'sys/mounts')).to.equal(200)
    await wait(FRESH)
    expect(await server.status('read', 'sys/health')).to.equal(200)
  })

  it('has the line in the devices that take it, where there are some', async () => {
    using log = auditFile()
    const server = await testEngine({ devices: [log.device] })
    const path = join(folder, 'sub')
    mkdirSync(path)
    const options = { file_path: join(path, 'audit.log') }
    await server.post('sys/audit/two', { type: 'file', options })
    renameSync(path, `${path}.gone`)
    await wait(300)
    expect((await server.get('sys/mounts')).status).to.equal(200)
    expect((await server.get('sys/health')).status).to.equal(200)
    expect(server.core.audit.states.get('two/')).to.equal(false)
    expect((await server.ask('delete', 'sys/audit/two')).status).to.equal(204)
    await server.core.audit.close()
    expect(
      log
        .entries()
        .filter(({ request }) => request.operation === 'delete')
        .map(({ type }) => type),
    ).to.deep.equal(['request', 'response'])
  })
})
