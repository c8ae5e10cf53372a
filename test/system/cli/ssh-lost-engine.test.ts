import { expect } from 'chai'
import { Keygen } from '../../support/keygen.ts'
import { type ScriptedEngine, scriptedEngine } from '../../support/scripted-engine.ts'
import { type FakeSsh, fakeSsh } from './fake-ssh.ts'

describe('postern ssh, when the engine is lost while ssh runs', () => {
  const keygen = new Keygen()
  const privateKey = keygen.read(keygen.key('-t', 'ed25519').file)
  let fake: FakeSsh
  let silent: ScriptedEngine
  beforeEach(async () => {
    fake = await fakeSsh()
    silent = await scriptedEngine(path => {
      // no answer
      if (path === 'sys/leases/revoke') return new Promise(() => undefined)
      const kind = path.slice('ssh/creds/'.length)
      const key = kind === 'otp' ? 'secret' : privateKey
      const data = { key, key_type: kind, port: 22 }
      return path.startsWith('ssh/creds/')
        ? { lease_id: 'ssh/creds/x/1', lease_duration: 600, data }
        : undefined
    })
  })
  afterEach(async () => {
    await silent[Symbol.asyncDispose]()
    await fake[Symbol.asyncDispose]()
  })
  after(() => keygen[Symbol.dispose]())

  for (const [mode, name] of [
    ['otp', 'one-time password'],
    ['dynamic', 'key'],
  ] as const)
    it(`ends as ssh ends, and says how long the ${name} stays valid`, async () => {
      const environment = { POSTERN_ADDR: silent.address, VAULT_CLIENT_TIMEOUT: '2s' }
      const words = `-mode=${mode} -role=${mode} ubuntu@10.1.2.3`
      const { code, out, err } = await fake.ssh(words, { ...environment, FAKE_EXIT: '7' })
      expect([code, out]).to.deep.equal([7, ''])
      const said = new RegExp(
        `^failed to revoke key: no answer from http://[\\d.:]+: nothing came within 2s\\. The ${name} is valid for 5[89]\\d more seconds\\.\n$`,
      )
      expect(err).to.match(said)
      expect(silent.requests).to.include('PUT sys/leases/revoke')
    })
})
