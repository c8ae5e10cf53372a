import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { DeclaredDevice } from '../../../engine/audit/audit-options.ts'
import { auditFile } from '../../support/audit-file.ts'
import { Keygen } from '../../support/keygen.ts'
import { SshServer } from '../../support/ssh-server.ts'
import { testEngine } from '../../support/test-engine.ts'

/** Keeps what it is told, and the keys that are there. */
const SCRIPT = `#!/bin/sh
printf '%s %s ' "$1" "$3" >>told
cat "$2" >>told
rm "$2"
`

describe('Credentials of a role of type dynamic', () => {
  const keygen = new Keygen()
  after(() => keygen[Symbol.dispose]())

  async function withHost(more: object = {}, devices: readonly DeclaredDevice[] = []) {
    const server = new SshServer(keygen, 'OpenSSH_9.2p1')
    await server.listen()
    const made = await testEngine({ devices })
    const key = keygen.read(keygen.key('-t', 'ed25519').file)
    await made.post('ssh/keys/admin', { key })
    await made.post('ssh/roles/ops', {
      key_type: 'dynamic',
      key: 'admin',
      admin_user: 'admin',
      default_user: 'alice',
      cidr_list: '127.0.0.0/8',
      port: server.port,
      host_keys: server.hostKey,
      install_script: SCRIPT,
      key_algorithm: 'ed25519',
      ttl: '10m',
      max_ttl: '1h',
      ...more,
    })
    const told = () => readFileSync(join(server.folder, 'told'), 'utf8').split('\n').slice(0, -1)
    const ask = async () => (await made.post('ssh/creds/ops', { ip: '127.0.0.1' })).body
    const list = (data: object = {}) => made.ask('list', 'ssh/dynamic/keys/', data)
    const remove = (path: string) => made.ask('delete', path)
    return {
      ...made,
      server,
      told,
      ask,
      list,
      remove,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    }
  }

  it('are listed without the key until they are removed from the host', async () => {
    await using host = await withHost()
    const { lease_id } = await host.ask()
    const shown = async (data: object = {}) => (await host.list(data)).body.data
    expect(await shown({ ip: '127.0.0.1', username: 'alice', role: 'ops' })).to.deep.equal({
      keys: [lease_id],
      key_info: {
        [lease_id]: {
          ...{ state: 'installed', ttl: 600, expire_time: '2026-01-01T00:10:00.000Z' },
          ...{ role: 'ops', ip: '127.0.0.1', port: host.server.port, username: 'alice' },
          ...{ display_name: 'root', entity_id: '' },
        },
      },
    })
    expect((await host.list({ entity_id: 'somebody' })).status).to.equal(404)
    host.pass(601)
    expect((await shown()).key_info[lease_id]).to.include({ state: 'overdue', ttl: 0 })
    await host.post('sys/leases/revoke', { lease_id })
    expect((await host.list()).status).to.equal(404)
  })

  it('are named where they are left on a host that does not answer when their user leaves', async () => {
    await using host = await withHost()
    const { post, get } = host
    await post('sys/auth/approle', { type: 'approle' })
    await post('sys/policies/acl/ops', {
      policy: 'path "ssh/creds/ops" { capabilities = ["update"] }',
    })
    await post('auth/approle/role/ann', { token_policies: 'ops' })
    const { role_id } = (await get('auth/approle/role/ann/role-id')).body.data
    const { secret_id } = (await post('auth/approle/role/ann/secret-id')).body.data
    const { client_token, entity_id } = (await post('auth/approle/login', { role_id, secret_id }))
      .body.auth
    const asked = { ip: '127.0.0.1' }
    const { lease_id } = (await post('ssh/creds/ops', asked, client_token)).body
    await host.server[Symbol.asyncDispose]()
    await post(`identity/entity/id/${entity_id}`, { disabled: true })
    const { body } = await post('auth/token/revoke-entity', { entity_id })
    expect(body.data).to.deep.include({ revoked: 1, leases_left: [lease_id] })
    expect((await host.list({ entity_id })).body.data.keys).to.deep.equal([lease_id])
  })

  it('are a key, where it is for, and a lease', async () => {
    await using host = await withHost()
    const { request_id, lease_id, data, ...rest } = await host.ask()
    expect(request_id).to.be.a('string')
    expect(lease_id).to.match(/^ssh\/creds\/ops\/\w{24}$/)
    expect(rest).to.deep.equal({
      renewable: true,
      lease_duration: 600,
      wrap_info: null,
      warnings: [
        'The key was not found in the authorized_keys file that sshd reads: its removal by install_script cannot be verified.',
      ],
      auth: null,
      mount_type: 'ssh',
    })
    const { key, ...where } = data
    expect(where).to.deep.equal({
      key_type: 'dynamic',
      username: 'alice',
      ip: '127.0.0.1',
      port: host.server.port,
    })
    expect(host.told()).to.have.length(1)
    expect(host.told()[0]).to.include(
      `install /home/alice/.ssh/authorized_keys expiry-time="20260101001001Z" ${keygen.publicOf(key)} postern:`,
    )
  })

  it('are RSA in PKCS#1 unless the role says otherwise', async () => {
    await using host = await withHost({ key_algorithm: 'rsa' })
    const { data } = await host.ask()
    expect(data.key).to.match(/^-----BEGIN RSA PRIVATE KEY-----\n/)
    expect(host.told()[0]).to.include(
      ` ssh-rsa ${keygen.publicOf(data.key).split(' ')[1]} postern:`,
    )
  })

  it('get their new expiry on the host when they are renewed, as far as role and mount allow', async () => {
    await using host = await withHost()
    const { lease_id } = await host.ask()
    const { body } = await host.post('sys/leases/renew', { lease_id, increment: '2h' })
    expect([body.data, body.lease_duration, body.warnings]).to.deep.equal([
      null,
      3600,
      ['TTL of "2h" exceeded the effective max_ttl of "1h"; TTL value is capped accordingly'],
    ])
    expect(host.told()[1]).to.include('expiry-time="20260101010001Z" ')
  })

  it('are removed with their lease, though key and role are gone', async () => {
    await using host = await withHost({ key_option_specs: 'no-pty' })
    const { lease_id } = await host.ask()
    await host.remove('ssh/roles/ops')
    await host.remove('ssh/keys/admin')
    expect((await host.post('sys/leases/revoke', { lease_id })).status).to.equal(204)
    expect(host.told()).to.have.length(2)
    expect(host.told()[1]).to.match(
      /^uninstall \/home\/alice\/\.ssh\/authorized_keys no-pty ssh-ed25519 AAAA\S+ postern:/,
    )
    expect((await host.post('sys/leases/revoke', { lease_id })).status).to.equal(204)
    expect(host.told()).to.have.length(2)
  })

  it('end unproved where only their script says that they are removed', async () => {
    using log = auditFile()
    await using host = await withHost({}, [log.device])
    const { lease_id } = await host.ask()
    expect((await host.post('sys/leases/revoke', { lease_id })).status).to.equal(204)
    const ends = log.entries().filter(({ type }) => type === 'system')
    expect(ends.map(({ reason, response }) => [reason, response?.secret])).to.deep.equal([
      ['unproved', { lease_id }],
    ])
  })
})
