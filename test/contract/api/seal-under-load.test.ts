import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { sealable } from '../../support/sealable.ts'

describe('A server that is sealed and unsealed under load', function () {
  this.timeout(60_000)

  it('answers every request, or says that it is sealed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-load-'))
    await using server = await sealable()
    const init = (await server.init({ secret_shares: 1, secret_threshold: 1 })).body
    await server.unseal(...init.keys)
    await server.put('sys/mounts/ssh', { type: 'ssh' })
    const role = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }
    await server.put('ssh/roles/web', role)
    const options = { file_path: join(folder, 'audit.log') }
    await server.put('sys/audit/file', { type: 'file', options })

    const seen = new Map<string, number>()
    let over = false
    const requests = [
      () => server.put('ssh/creds/web', { ip: '10.0.0.1' }),
      () => server.put('ssh/verify', { otp: 'verify-echo-request' }),
      () => server.put('ssh/verify', { otp: 'no such thing' }),
      () => server.get('ssh/roles/web'),
      () => server.get('sys/mounts'),
      () => server.get('nowhere'),
      () => server.get('auth/token/lookup-self'),
      () => server.put('ssh/roles/other', role),
    ]
    const clients = requests.map(async request => {
      while (!over) {
        const { status, body } = await request()
        const what = status >= 500 ? `${status} ${body?.errors?.[0]}` : 'served'
        seen.set(what, (seen.get(what) ?? 0) + 1)
      }
    })
    for (let times = 0; times < 15; times++) {
      await new Promise(resolve => setTimeout(resolve, Math.random() * 60))
      await server.put('sys/seal')
      await server.unseal(...init.keys)
    }
    over = true
    await Promise.all(clients)
    rmSync(folder, { recursive: true })
    expect([...seen.keys()].toSorted()).to.deep.equal(['503 Vault is sealed', 'served'])
  })
})
