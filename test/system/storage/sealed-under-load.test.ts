import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROLE, sealable } from '../../support/sealable.ts'
import { until } from '../../support/until.ts'

const LEASES = 200
const TOKENS = 40
const CLIENTS = 4
const SEALS = 8

describe('an engine that is sealed and unsealed while leases and tokens expire', function () {
  this.timeout(60_000)

  it('records the end of each, answers that it is sealed, and logs no error', async () => {
    await using engine = await sealedUnderLoad()
    await engine.put('sys/mounts/ssh', { type: 'ssh' })
    await engine.put('ssh/roles/web', { ...ROLE, ttl: '2s' })
    const begun = new Set<string>()
    const issue = async () => {
      const { status, body } = await engine.put('ssh/creds/web', { ip: '10.0.0.1' })
      if (status === 200) begun.add(body.lease_id)
      return { status, body }
    }
    for (let at = 0; at < LEASES; at += 20) await Promise.all(Array.from({ length: 20 }, issue))
    for (let at = 0; at < TOKENS; at++) {
      const { body } = await engine.put('auth/token/create', { ttl: '1s', policies: ['default'] })
      begun.add(body.auth.accessor)
    }

    let isOver = false
    const statuses = new Set<number>()
    const load = async () => {
      while (!isOver) {
        const issued = await issue()
        statuses.add(issued.status)
        const otp = issued.body?.data?.key
        if (otp) statuses.add((await engine.put('ssh/verify', { otp })).status)
      }
    }
    const loading = Array.from({ length: CLIENTS }, load)
    for (let seals = 0; seals < SEALS; seals++) {
      const before = engine.ended().size
      await until(() => engine.ended().size > before)
      assert.equal((await engine.put('sys/seal')).status, 204)
      assert.equal((await engine.unseal()).body.sealed, false)
    }
    isOver = true
    await Promise.all(loading)

    // 400 is for a password that has expired while the engine was sealed
    const unexpected = [...statuses].filter(status => ![200, 400, 503].includes(status))
    assert.deepEqual(unexpected, [])
    await until(async () => (await engine.left()) === 0)
    const lost = [...begun].filter(each => !engine.ended().has(each))
    assert.deepEqual({ lost, errors: engine.errors }, { lost: [], errors: [] })
  })
})

/** An engine on SQLite with an audit log, in this process. */
async function sealedUnderLoad() {
  const folder = mkdtempSync(join(tmpdir(), 'postern-sealed-'))
  const file = join(folder, 'audit.log')
  const errors: unknown[] = []
  const options = { file_path: file, hmac_accessor: 'false' }
  const server = await sealable({
    folder: join(folder, 'data'),
    audit: [{ type: 'file', path: 'file/', description: '', options, local: true }],
    log: { error: (...said) => void errors.push(said) },
  })
  const { body } = await server.init({ secret_shares: 1, secret_threshold: 1 })
  const unseal = () => server.unseal(body.keys[0])
  await unseal()
  return {
    put: server.put,
    unseal,
    errors,
    /** Leases, and accessors of tokens, whose end is in the audit log. */
    ended: () =>
      new Set(
        readFileSync(file, 'utf8')
          .split('\n')
          .filter(line => line.includes('"type":"system"'))
          .map(line => JSON.parse(line))
          .map(({ auth, response }) => auth?.accessor ?? response.secret?.lease_id),
      ),
    /** The number of leases, and of tokens but the root token. */
    async left() {
      const leases = await server.ask('LIST', 'sys/leases/lookup/ssh/creds/web')
      const tokens = await server.ask('LIST', 'auth/token/accessors')
      return (leases.body?.data?.keys?.length ?? 0) + (tokens.body?.data?.keys?.length ?? 1) - 1
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  }
}
