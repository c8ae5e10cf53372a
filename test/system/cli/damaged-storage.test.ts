import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Sealing } from '../../../engine/seal/sealing.ts'
import { StorageIdentity } from '../../../engine/seal/storage-identity.ts'
import { Barrier } from '../../../engine/storage/barrier.ts'
import { SqliteStore } from '../../../engine/storage/sqlite.ts'
import { Secret } from '../../../shared/secret.ts'

const MAIN = join(import.meta.dirname, '../../../engine/main.ts')

describe('An engine on storage that is damaged', function () {
  this.timeout(60_000)
  const folder = mkdtempSync(join(tmpdir(), 'postern-damaged-'))
  after(() => rmSync(folder, { recursive: true }))

  const sealKey = randomBytes(32)

  /** Gives how an engine ends that is started with these values in its storage. */
  async function started(values: readonly (readonly [key: string, value: string])[]) {
    const path = mkdtempSync(join(folder, 'data-'))
    {
      await using store = await SqliteStore.open(path)
      const identity = new StorageIdentity({ store, memory: undefined, cannotKeep() {} })
      await using sealing = new Sealing({
        store,
        barrier: new Barrier(store),
        identity,
        sealKeys: [sealKey],
        bootstrap: async () => new Secret('root'),
        open: async () => ({ async [Symbol.asyncDispose]() {} }),
      })
      await sealing.initialize({ shares: 1, threshold: 1 })
      const writes = new Map(values.map(([key, value]) => [key, Buffer.from(value)]))
      await store.commit({ reads: new Map(), writes })
    }
    const keys = join(path, 'seal.key')
    writeFileSync(keys, sealKey.toString('hex'), { mode: 0o600 })
    const config = join(path, 'engine.toml')
    writeFileSync(
      config,
      `[listener]\naddress = "127.0.0.1:0"\ntls_disable = true\n[storage]\ntype = "sqlite"\npath = "${path}"\n[seal]\ntype = "file"\npath = "${keys}"\n`,
    )
    return spawnSync(process.execPath, [MAIN, 'server', `-config=${config}`], {
      encoding: 'utf8',
      timeout: 30_000,
    })
  }

  for (const [what, values] of [
    ['a keyring of another root key', [['seal/keyring', randomBytes(200).toString('latin1')]]],
    ['a short keyring', [['seal/keyring', 'x']]],
    ['a record of the seal that is no JSON', [['seal/config', '{']]],
    ['an empty record of the seal', [['seal/config', 'null']]],
    ['a record of the seal without a key', [['seal/config', '{"type":"file"}']]],
    ['a value that was put there by somebody else', [['core/cluster', 'x']]],
  ] as const)
    it(`says so in one sentence, with ${what}`, async () => {
      const { status, stderr } = await started(values)
      expect(stderr).to.match(/^the storage is damaged or was tampered with: .*\n$/m)
      expect(stderr).not.to.match(/\n {4}at /)
      expect(status).to.equal(1)
    })
})
