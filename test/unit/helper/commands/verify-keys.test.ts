import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { serve } from '../../../../engine/core/request/serve.ts'
import { dispatch } from '../../../../helper/commands/dispatch.ts'
import { readConfig } from '../../../../helper/config.ts'
import { CHECKS } from '../../../../helper/doctor/checks.ts'
import { Context } from '../../../../helper/doctor/context.ts'
import { hostView } from '../../../../helper/doctor/host-view.ts'
import { trustedKeys } from '../../../../helper/verify-keys.ts'
import { listening } from '../../../support/listening.ts'
import { testEngine } from '../../../support/test-engine.ts'

describe('postern-helper verify-keys', () => {
  let folder: string
  let file: string
  let listener: Awaited<ReturnType<typeof listening>>

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'postern-keys-'))
    file = join(folder, 'state/verify-keys')
    const made = await testEngine()
    listener = await listening({ handle: request => serve(made.core, request) })
    await made.post('sys/mounts/otp', { type: 'ssh' })
    const [key] = (await made.get('otp/verify/keys')).body.data.keys
    const lines = [
      `vault_addr = "http://127.0.0.1:${listener.port}"`,
      `ssh_mount_point = "otp"`,
      `state_directory = "${folder}/state"`,
      `verify_keys = ["${key.public_key}"]`,
    ]
    writeFileSync(join(folder, 'helper.toml'), lines.join('\n'))
  })
  afterEach(async () => {
    await listener[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  const fetchKeys = () => dispatch('verify-keys', ['-dev', `-config=${folder}/helper.toml`])
  /** What a login trusts. */
  const trusted = () => trustedKeys(readConfig(join(folder, 'helper.toml'), { dev: true }))

  it('stores them for root alone, and does not write what is there', async () => {
    expect(await fetchKeys()).to.equal(`${file} now has 1 key`)
    expect(lstatSync(file).mode & 0o777).to.equal(0o600)
    expect(await fetchKeys()).to.equal(`${file} has not changed`)
  })

  it('does not overwrite those of another configuration with the same directory', async () => {
    await fetchKeys()
    const other = join(folder, 'hosts.toml')
    copyFileSync(join(folder, 'helper.toml'), other)
    const fetched = await dispatch('verify-keys', ['-dev', `-config=${other}`]).catch(
      error => error.message,
    )
    expect(fetched).to.equal(
      `state_directory ${folder}/state has the keys of ${folder}/helper.toml: set another state_directory in ${other}`,
    )
    const check = CHECKS.find(({ name }) => name === 'stored-keys')
    const context = new Context({ host: hostView(), configFile: other, dev: true })
    expect(await check?.run(context)).to.include({ level: 'failure', cause: 'shared' })
    // a configuration that was moved away counts no more
    rmSync(join(folder, 'helper.toml'))
    expect(await dispatch('verify-keys', ['-dev', `-config=${other}`])).to.match(/now has 1 key/)
  })

  const DAMAGES: Readonly<Record<string, () => void>> = {
    'other users can change': () => chmodSync(file, 0o666),
    'is a link': () => {
      renameSync(file, `${file}.real`)
      symlinkSync('verify-keys.real', file)
    },
    'is cut': () => writeFileSync(file, 'postern-verify-keys 1\n'),
  }
  for (const [what, damage] of Object.entries(DAMAGES))
    it(`mends a file that ${what}, with which every login was denied`, async () => {
      await fetchKeys()
      damage()
      expect(trusted).to.throw(/fetch it again: postern-helper verify-keys$/)
      expect(await fetchKeys()).to.equal(`${file} now has 1 key`)
      expect(trusted()).to.have.length(1)
    })

  it('fails where a login would not read what it has written', async () => {
    await fetchKeys()
    chmodSync(join(folder, 'state'), 0o777)
    const error = await fetchKeys().then(
      () => undefined,
      each => each as Error,
    )
    expect(error?.message).to.match(/state can be changed by other users: run chmod go-w/)
  })
})
