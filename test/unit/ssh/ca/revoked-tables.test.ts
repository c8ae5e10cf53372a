import { expect } from 'chai'
import { maintain } from '../../../../engine/core/background/maintain.ts'
import { upgrade } from '../../../../engine/core/background/upgrade.ts'
import { serve } from '../../../../engine/core/request/serve.ts'
import { MemoryStore } from '../../../../engine/storage/memory.ts'
import { Table } from '../../../../engine/storage/table.ts'
import { transact } from '../../../../engine/storage/transact.ts'
import { Keygen } from '../../../support/keygen.ts'
import { deleteRows, keysOf, setRows } from '../../../support/tamper.ts'
import { testEngine } from '../../../support/test-engine.ts'

const ROLE = {
  key_type: 'ca',
  allow_user_certificates: true,
  default_user: 'ubuntu',
  allowed_users: '*',
  allow_user_key_ids: true,
  ttl: '1h',
}

describe('Revocations in a storage that another program writes to', () => {
  const keygen = new Keygen()
  const key = keygen.key('-t', 'ed25519')
  after(() => keygen[Symbol.dispose]())

  async function signing() {
    const inner = new MemoryStore()
    const made = await testEngine({ store: inner })
    const { core, post, get } = made
    await post('sys/mounts/ca', { type: 'ssh' })
    const mount = core.mounts.all.find(({ path }) => path === 'ca/')
    const own = `mount/${mount?.id}/`
    const { issuer_id: issuer } = (await post('ca/config/ca', { key_type: 'ed25519' })).body.data
    await post('ca/roles/web', ROLE)
    const sign = async (keyId = 'ann') =>
      (await post('ca/sign/web', { public_key: key.line, key_id: keyId })).body.data as {
        readonly serial_number: string
        readonly signed_key: string
      }
    const revoke = (by: string, value: string) => post('ca/revoke', { [by]: value })
    const krl = () => get('ca/krl', '')
    const isRevoked = async ({ signed_key: line }: { signed_key: string }) =>
      keygen.isRevoked((await krl()).body, line)
    return { ...made, inner, own, issuer, sign, revoke, krl, isRevoked }
  }

  for (const row of ['serial/', 'tally/', 'state', 'change/'])
    it(`gives no list while revoked/${row} is not all there`, async () => {
      const { inner, own, sign, revoke, krl, isRevoked } = await signing()
      const certificate = await sign()
      await revoke('serial_number', certificate.serial_number)
      const rows = await deleteRows(inner, `${own}revoked/${row}`)
      expect((await krl()).status).to.equal(500)
      await setRows(inner, rows)
      expect(await isRevoked(certificate)).to.equal(true)
    })

  for (const by of ['key_id', 'issuer_ref'])
    it(`gives no list, and signs nothing, while what is revoked by ${by} is not all there`, async () => {
      const { inner, own, issuer, sign, revoke, krl, post } = await signing()
      const certificate = await sign('mary.smith@example.com')
      await revoke(by, by === 'key_id' ? 'mary.smith@example.com' : issuer)
      await post('ca/issuers/import', { key_type: 'ed25519', set_default: true })
      await deleteRows(inner, `${own}revoked/${by === 'key_id' ? 'other/' : 'authority/'}`)
      if (by === 'key_id') {
        expect((await krl()).status).to.equal(500)
        const given = { public_key: key.line, key_id: 'mary.smith@example.com' }
        expect((await post('ca/sign/web', given)).status).to.equal(500)
      } else expect(keygen.isRevoked((await krl()).body, certificate.signed_key)).to.equal(true)
    })

  it('does not list what has been added without a value, and takes no version from it', async () => {
    const { core, inner, own, issuer, sign, revoke, krl, isRevoked, post } = await signing()
    const [bad, good] = [await sign(), await sign()]
    const version = (await revoke('serial_number', bad.serial_number)).body.data.krl_version
    const garbage = Buffer.from('x')
    const serial = (each: { serial_number: string }) => each.serial_number.padStart(16, '0')
    const digits = serial(bad).slice(0, 2)
    await setRows(inner, [
      [`${own}revoked/serial/${issuer}/${serial(good)}`, garbage],
      [`${own}revoked/serial/${issuer}/${digits}00000000000000`, garbage],
      [`${own}revoked/serial/${issuer}/${digits}no-hex`, garbage],
      [`${own}revoked/change/1fffffffffffff.00000000000000.0000000000000000`, garbage],
      [`${own}revoked/change/00000000000fff.00000000000000.0000000000000000`, garbage],
      [`${own}revoked/change/zz`, garbage],
      [`${own}revoked/change/a/folder`, garbage],
    ])
    expect((await krl()).status).to.equal(200)
    expect([await isRevoked(bad), await isRevoked(good)]).to.deep.equal([true, false])
    const said: string[] = []
    core.log.warn = (_, sentence) => void said.push(sentence)
    await maintain(core)
    await maintain(core)
    expect(said.filter(each => each.includes('3 versions of the KRL'))).to.have.length(1)
    const next = await revoke('key_id', 'x')
    expect(next.body.data.krl_version).to.equal(version + 1)
    expect((await post('ca/revoke', { key_id: 'y' })).status).to.equal(200)
    expect(await isRevoked(good)).to.equal(false)
  })

  it('revokes no certificate that another program has added to those of a key id', async () => {
    const { inner, own, sign, revoke } = await signing()
    const [, bob] = [await sign('ann'), await sign('bob')]
    const ofKeyId = await keysOf(inner, `${own}certificate/having/key_id/`)
    const serial = bob.serial_number.padStart(16, '0')
    const ofAnn = ofKeyId.find(each => !each.endsWith(serial)) ?? ''
    await setRows(inner, [[ofAnn.replace(/[^/]*$/, serial), Buffer.from('x')]])
    expect((await revoke('key_id', 'ann')).body.data.revoked).to.equal(1)
  })

  it('reads only parts that have changed', async () => {
    const { inner, own, sign, revoke, isRevoked } = await signing()
    const many = await Promise.all(Array.from({ length: 40 }, () => sign()))
    for (const { serial_number: serial } of many) await revoke('serial_number', serial)
    for (const each of many) expect(await isRevoked(each)).to.equal(true)
    const lists: string[] = []
    const list = inner.list.bind(inner)
    inner.list = (prefix, page) => {
      lists.push(prefix)
      return list(prefix, page)
    }
    const more = await sign()
    await revoke('serial_number', more.serial_number)
    lists.length = 0
    expect(await isRevoked(more)).to.equal(true)
    expect(lists.filter(prefix => prefix.startsWith(`${own}revoked/serial/`))).to.have.length(1)
  })

  it('tells nobody who has the empty list that nothing has been revoked since', async () => {
    const { inner, own, sign, revoke, core } = await signing()
    const certificate = await sign()
    const fetch = (ifNoneMatch?: string) =>
      serve(core, {
        ...{ id: '', operation: 'read', path: 'ca/krl', data: {}, token: undefined, ifNoneMatch },
        ...{ client: { address: '192.0.2.1', port: 1 }, correlation: undefined },
        wrapTtl: undefined,
      })
    const tag = (await fetch()).headers?.ETag ?? ''
    expect((await fetch(tag)).status).to.equal(304)
    await revoke('serial_number', certificate.serial_number)
    await deleteRows(inner, `${own}revoked/change/`)
    expect([(await fetch(tag)).status, (await fetch()).status]).to.deep.equal([500, 500])
  })

  it('signs for no key id whose revocation is deleted after it has been counted', async () => {
    const { inner, own, revoke, post } = await signing()
    await revoke('key_id', 'mary')
    const sign = async (keyId: string) =>
      (await post('ca/sign/web', { public_key: key.line, key_id: keyId })).status
    expect(await sign('ann')).to.equal(200)
    await deleteRows(inner, `${own}revoked/other/`)
    expect([await sign('mary'), await sign('ann')]).to.deep.equal([500, 200])
  })

  it('says nothing of people in its names', async () => {
    const { inner, revoke } = await signing()
    await revoke('key_id', 'mary.smith@example.com')
    expect((await keysOf(inner)).filter(each => each.includes('mary'))).to.deep.equal([])
  })

  it('takes over what an older version has revoked, and what one goes on to revoke', async () => {
    const { inner, core, own, issuer, sign, get, isRevoked, revoke } = await signing()
    const [first, second, third, fourth] = [await sign(), await sign(), await sign(), await sign()]
    await deleteRows(inner, `${own}revoked/state`)
    const asOlder = (put: (tables: ReturnType<typeof tablesOf>) => void) =>
      transact(core.store, async tx => put(tablesOf(tx.under(own))))
    const tablesOf = (tx: Parameters<Table<object>['put']>[0]) => ({
      revoke({ serial_number: serial }: { serial_number: string }, at: number) {
        const name = `${issuer}/${serial.padStart(16, '0')}`
        new Table<object>('revoked/serial/').put(tx, name, { at })
        new Table<object>('revoked/issuer/').put(tx, issuer, { id: issuer, publicKey: line })
      },
      bump(version: string) {
        const name = `${version.padStart(14, '0')}.00000000000001.0000000000000000`
        new Table<object>('revoked/change/').put(tx, name, {})
      },
      keyId(value: string) {
        const name = `key_id.${encodeURIComponent(value)}`
        const revocation = { kind: 'key_id', value, revokedAt: 1 }
        new Table<object>('revoked/other/').put(tx, name, revocation)
      },
    })
    const line = String((await get('ca/public_key', '')).body)
    await asOlder(({ revoke: add, bump, keyId }) => {
      add(first, 1)
      keyId('mary')
      bump('1')
    })
    const mount = core.mounts.all.find(({ path }) => path === 'ca/')
    await transact(
      core.store,
      async tx => mount && core.mounts.put(tx, { ...mount, hasRecords: false }),
    )
    await core.mounts.reload()
    await upgrade(core)
    expect((await keysOf(inner, `${own}revoked/other/`)).join()).to.not.include('mary')
    expect(await isRevoked(first)).to.equal(true)
    await asOlder(({ revoke: add, bump }) => {
      add(second, core.now().getTime() + 1)
      bump('2')
    })
    expect(await isRevoked(second)).to.equal(true)
    await revoke('serial_number', third.serial_number)
    for (const each of [first, second, third]) expect(await isRevoked(each)).to.equal(true)
    expect(await isRevoked(fourth)).to.equal(false)
  })
})
