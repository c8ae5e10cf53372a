import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { ClusterMemory } from '../../../engine/seal/cluster-memory.ts'
import { Sealing } from '../../../engine/seal/sealing.ts'
import { StorageIdentity } from '../../../engine/seal/storage-identity.ts'
import { Barrier } from '../../../engine/storage/barrier.ts'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import type { Store } from '../../../engine/storage/store.ts'
import { Secret } from '../../../shared/secret.ts'

const KEY = Buffer.alloc(32, 7)

describe('An engine that had storage before', () => {
  let folder: string
  let untold: string[]

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-identity-'))
    untold = []
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const file = () => join(folder, 'cluster-id')

  function engine(
    store: Store,
    {
      configured,
      mustSayNew = true,
      files = [file()],
      keys = [KEY],
    }: Partial<{
      configured: string
      mustSayNew: boolean
      files: string[]
      keys: Buffer[] | undefined
    }> = {},
  ) {
    const memory = new ClusterMemory({ configured, files, mustSayNew })
    const sealing = new Sealing({
      store,
      barrier: new Barrier(store),
      sealKeys: keys,
      identity: new StorageIdentity({ store, memory, cannotKeep: id => untold.push(id) }),
      bootstrap: async () => new Secret('root'),
      open: async () => ({ async [Symbol.asyncDispose]() {} }),
    })
    return { sealing, memory }
  }

  async function initialized(options?: Parameters<typeof engine>[1]) {
    const store = new MemoryStore()
    await engine(store, { configured: 'new', ...options }).sealing.initialize({
      shares: 0,
      threshold: 0,
    })
    return store
  }

  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      error => (error as Error).message,
    )

  it('remembers it, and opens it again', async () => {
    const store = await initialized()
    expect(readFileSync(file(), 'utf8')).to.match(/^[0-9a-f]{32}\n$/)
    const { sealing } = engine(store)
    await sealing.unsealAlone()
    expect(sealing.sealed).to.equal(false)
  })

  it('does not take an empty one for its own, nor lets it be initialized', async () => {
    await initialized()
    const { sealing } = engine(new MemoryStore(), { configured: 'new' })
    expect(await refusal(sealing.unsealAlone())).to.match(
      /^the storage is empty, but this engine had/,
    )
    expect(await refusal(sealing.initialize({ shares: 0, threshold: 0 }))).to.match(
      /^the storage is empty/,
    )
  })

  it('does not take another one for its own, although its seal key opens it', async () => {
    await initialized()
    const other = await initialized({ files: [join(folder, 'other')] })
    expect(await refusal(engine(other).sealing.unsealAlone())).to.match(
      /^the storage has the cluster id \w{32}, but/,
    )
  })

  it('is not deceived by an id that was copied into another storage', async () => {
    await initialized()
    const id = readFileSync(file(), 'utf8').trim()
    const other = await initialized({ files: [join(folder, 'other')] })
    const entry = await other.get('seal/config')
    const record = { ...JSON.parse(Buffer.from(entry!.value).toString()), cluster: id }
    await other.commit({
      reads: new Map(),
      writes: new Map([['seal/config', Buffer.from(JSON.stringify(record))]]),
    })
    const { sealing } = engine(other)
    expect(await refusal(sealing.unsealAlone())).to.match(/^the storage has the cluster id/)
    expect(sealing.sealed).to.equal(true)
  })

  it('is deceived no more where its configuration names the storage', async () => {
    const store = await initialized()
    const configured = readFileSync(file(), 'utf8').trim()
    const other = await initialized({ files: [join(folder, 'other')] })
    await engine(store, { configured, files: [] }).sealing.unsealAlone()
    expect(await refusal(engine(other, { configured, files: [] }).sealing.unsealAlone())).to.match(
      /cluster id/,
    )
  })

  it('initializes an empty one only where it is said to be new, if a database is far away', async () => {
    const init = (options: Parameters<typeof engine>[1]) =>
      refusal(
        engine(new MemoryStore(), { files: [], ...options }).sealing.initialize({
          shares: 0,
          threshold: 0,
        }),
      )
    expect(await init({})).to.include('set cluster_id = "new" in [storage]')
    expect(await init({ configured: 'new' })).to.equal('done')
    expect(await init({ mustSayNew: false })).to.equal('done')
  })

  it('says what to write down where it can keep nothing', async () => {
    await initialized({ files: [join(folder, 'no/such/folder')] })
    expect(untold)
      .to.have.length(1)
      .and.to.satisfy(([id]: string[]) => /^[0-9a-f]{32}$/.test(id!))
  })

  it('gives its id to a storage of an older version', async () => {
    const store = await initialized()
    const entry = await store.get('seal/config')
    const { cluster, ...older } = JSON.parse(Buffer.from(entry!.value).toString())
    await store.commit({
      reads: new Map(),
      writes: new Map([['seal/config', Buffer.from(JSON.stringify(older))]]),
    })
    rmSync(file())
    await engine(store).sealing.unsealAlone()
    expect(readFileSync(file(), 'utf8').trim()).to.equal(cluster)
    expect(
      JSON.parse(Buffer.from((await store.get('seal/config'))!.value).toString()).cluster,
    ).to.equal(cluster)
  })

  it('takes another one after an operator has said so on its machine', async () => {
    await initialized()
    const other = await initialized({ files: [join(folder, 'other')] })
    engine(other).memory.forget()
    expect(existsSync(file())).to.equal(false)
    await engine(other).sealing.unsealAlone()
    expect(readFileSync(file(), 'utf8')).to.equal(readFileSync(join(folder, 'other'), 'utf8'))
    expect(() => engine(other, { configured: 'f'.repeat(32) }).memory.forget()).to.throw(
      'change it there',
    )
  })

  for (const [what, content] of [
    ['is empty', ''],
    ['is cut off', 'abcdef'],
  ] as const)
    it(`does not begin anew because its file ${what}`, async () => {
      const store = await initialized()
      writeFileSync(file(), content)
      expect(await refusal(engine(store).sealing.unsealAlone())).to.include(
        'does not hold a cluster id',
      )
      chmodSync(file(), 0o600)
    })
})
