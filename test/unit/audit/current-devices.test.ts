import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import { putAuditedHeaders } from '../../../engine/audit/audited-headers.ts'
import { deleteDevice, newSalt, putDevice } from '../../../engine/audit/records.ts'
import { Barrier } from '../../../engine/storage/barrier.ts'
import { Gone } from '../../../engine/storage/kept.ts'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import { transact } from '../../../engine/storage/transact.ts'
import { auditFile } from '../../support/audit-file.ts'
import { openBarrier } from '../../support/barrier.ts'
import { openAudit, say } from '../../support/open-audit.ts'
import { deleteRows } from '../../support/tamper.ts'

describe('Audit devices on several nodes', () => {
  it('are the same a second after one of them has changed', async () => {
    using log = auditFile()
    const store = new MemoryStore()
    await using node = openAudit(store)
    await say(node, 'before')
    const options = { file_path: log.file }
    const device = { path: 'file/', type: 'file', description: '', options, local: false }
    await transact(store, tx => putDevice(tx, { ...device, salt: newSalt() }))
    await wait(1050)
    await say(node, 'with')
    await transact(store, tx => deleteDevice(tx, 'file/'))
    await wait(1050)
    await say(node, 'after')
    expect(log.entries().map(({ request }) => request.path)).to.deep.equal(['with'])
  })

  it('show the headers that were configured on another node', async () => {
    using log = auditFile()
    const store = new MemoryStore()
    await using node = openAudit(store, [log.device])
    const headers = (name: string) => (name === 'x-a' ? ['b'] : undefined)
    await say(node, 'before', { headers })
    await transact(store, async tx => putAuditedHeaders(tx, { 'x-a': { hmac: false } }))
    await wait(1050)
    await say(node, 'with', { headers })
    await say(node, 'without')
    expect(log.entries().map(({ request }) => [request.path, request.headers])).to.deep.equal([
      ['before', undefined],
      ['with', { 'x-a': ['b'] }],
      ['without', undefined],
    ])
  })

  it('hash alike, and sign with the same key, those of the configuration too', async () => {
    using log = auditFile()
    const store = new MemoryStore()
    const nodes = await Promise.all(
      [openAudit(store, [log.device]), openAudit(store, [log.device])].map(async audit => {
        const [device, key] = await Promise.all([audit.device('file/'), audit.publicKey()])
        return { hash: device?.hasher.hash('x'), key }
      }),
    )
    expect(nodes[0]).to.deep.equal(nodes[1])
    expect(nodes[0]?.hash).to.match(/^hmac-sha256:/)
  })

  it('stay open although their record is deleted from the storage, and are required after a restart', async () => {
    using log = auditFile()
    const inner = new MemoryStore()
    const { barrier: store, rootKey } = await openBarrier(inner)
    await using node = openAudit(store)
    const device = { path: 'file/', type: 'file', description: '', local: false, salt: newSalt() }
    await transact(store, tx => putDevice(tx, { ...device, options: { file_path: log.file } }))
    await say(node, 'before')
    await deleteRows(inner, 'audit/devices')
    await wait(1050)
    await say(node, 'after')
    expect(log.entries().map(({ request }) => request.path)).to.deep.equal(['before', 'after'])
    const restarted = new Barrier(inner)
    await restarted.unseal(rootKey)
    await using next = openAudit(restarted)
    expect(await next.open().catch(error => error)).to.be.instanceOf(Gone)
    expect(await say(next, 'more').catch(error => error)).to.be.instanceOf(Gone)
  })
})
