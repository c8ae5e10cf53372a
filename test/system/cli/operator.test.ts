import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { sealable } from '../../support/sealable.ts'
import { type CommandLine, commandLine } from './command-line.ts'

describe('postern operator', () => {
  let line: CommandLine
  let server: Awaited<ReturnType<typeof sealable>>
  beforeEach(async () => {
    line = await commandLine()
    server = await sealable()
  })
  afterEach(async () => {
    await line[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  /** Runs a command against the server that is to be sealed. */
  const run = (words: string, { input = '', token = '' } = {}) =>
    line.run(words.split(' '), {
      input,
      environment: { POSTERN_ADDR: server.address, POSTERN_TOKEN: token },
    })
  async function init(words = '') {
    const { out } = await run(`operator init -format=json${words}`)
    return JSON.parse(out)
  }

  it('initializes a server, and unseals it', async () => {
    expect(await run('operator init -status')).to.deep.equal({
      code: 2,
      out: 'The server is not initialized\n',
      err: '',
    })
    expect((await run('status')).code).to.equal(2)
    const { out, code } = await run('operator init -key-shares=3 -key-threshold=2')
    expect(code).to.equal(0)
    const keys = [...out.matchAll(/^Unseal Key \d: (\S+)$/gm)].map(([, key]) => key ?? '')
    const [, token = ''] = /^Initial Root Token: (\S+)$/m.exec(out) ?? []
    expect(keys).to.have.length(3)
    expect((await run('operator init -status')).code).to.equal(0)

    const first = await run(`operator unseal ${keys[2]}`)
    expect([first.code, first.out]).to.deep.equal([0, first.out])
    expect(first.out).to.match(/^Unseal Progress +1\/2$/m)
    const last = await run('operator unseal -format=json -', { input: `${keys[0]}\n` })
    expect(JSON.parse(last.out)).to.include({ sealed: false, t: 2, n: 3 })
    expect((await run('status')).code).to.equal(0)
    expect((await run('token lookup -field=policies', { token })).out).to.equal('[root]')

    expect((await run('operator seal', { token })).out).to.equal('Success! The server is sealed.\n')
    expect((await run('status')).code).to.equal(2)
    const refused = await run('token lookup', { token })
    expect([refused.code, refused.err.includes('* Vault is sealed')]).to.deep.equal([2, true])
    expect(refused.err).to.include('"postern operator unseal". It has 0 of the 2 keys it needs.')
  })

  it('tells a storage that is not initialized from one that is sealed', async () => {
    const refused = await run('token lookup', { token: 'x' })
    expect([refused.code, refused.err.includes('* Vault is sealed')]).to.deep.equal([2, true])
    expect(refused.err).to.include('has not been initialized yet').and.to.include('operator init')
  })

  it('prints keys for programs as Vault does', async () => {
    const reply = await init(' -n=1 -t=1')
    expect(Object.keys(reply)).to.deep.equal([
      'recovery_keys_b64',
      'recovery_keys_hex',
      'recovery_keys_shares',
      'recovery_keys_threshold',
      'root_token',
      'unseal_keys_b64',
      'unseal_keys_hex',
      'unseal_shares',
      'unseal_threshold',
    ])
    expect(reply.unseal_keys_hex).to.have.length(1)
  })

  it('forgets shares', async () => {
    const { unseal_keys_b64: keys } = await init()
    await run(`operator unseal ${keys[0]}`)
    expect((await run('operator unseal -reset')).out).to.match(/^Unseal Progress +0\/3$/m)
  })

  it('refuses what cannot be', async () => {
    const wrong = await run('operator init -key-shares=2 -key-threshold=3')
    expect([wrong.code, /threshold cannot be larger than shares/.test(wrong.err)]).to.deep.equal([
      2,
      true,
    ])
    expect(await run('operator init -recovery-shares=2')).to.deep.include({ code: 1, out: '' })
    expect(await run('operator unseal -')).to.deep.include({
      code: 1,
      err: 'no key was given: enter it at the terminal, or pass @FILE, or "-" and standard input\n',
    })
  })

  it('rotates the key', async () => {
    const { unseal_keys_b64: keys, root_token: token } = await init(' -n=1 -t=1')
    await run(`operator unseal ${keys[0]}`)
    const { out } = await run('operator rotate', { token })
    expect(out).to.match(/^Success! Rotated key\n/)
    expect(out).to.match(/^Key Term +2$/m)
    expect((await run('operator key-status -field=term', { token })).out).to.equal('2')
  })

  it('makes new shares by the words and paths of OpenBao, of which each needs a token', async () => {
    const { unseal_keys_b64: keys, root_token: token } = await init(' -n=1 -t=1')
    await run('operator unseal -', { input: keys[0] })
    const rotate = (words: string, circumstances: Parameters<typeof run>[1] = { token }) =>
      run(`operator rotate-keys ${words}`, circumstances)
    expect(await rotate('-', { token, input: keys[0] })).to.deep.equal({
      code: 1,
      out: '',
      err: 'no rotation is in progress: start one with -init\n',
    })
    expect((await rotate('-status', {})).code).to.equal(2)
    const begun = await rotate('-init -key-shares=2 -key-threshold=2')
    expect(begun.out)
      .to.match(/^Rotation Progress +0\/1$/m)
      .and.match(/^New Shares +2$/m)
    expect((await rotate('-', { input: keys[0] })).code).to.equal(2)
    expect((await rotate('-cancel')).out).to.equal(
      'Success! Canceled rotation (if it was started)\n',
    )
    expect((await rotate('-status')).out).to.match(/^Started +false$/m)
    await rotate('-init -key-shares=1 -key-threshold=1')
    const { out } = await rotate('-', { token, input: keys[0] })
    const [, fresh = ''] = /^Key 1: (\S+)$/m.exec(out) ?? []
    expect(out).to.match(/verified with: postern operator rotate-keys -verify$/m)
    expect((await rotate('-verify -', { token, input: fresh })).out).to.equal(
      'Success! The new shares are valid now, the old ones no longer.\n',
    )
    expect((await rotate('-init -target=recovery')).err).to.include('leave out -target.')
  })

  it('makes new shares, which count when they have been tried', async () => {
    const { unseal_keys_b64: keys, root_token: token } = await init(' -n=2 -t=2')
    for (const key of keys) await run(`operator unseal ${key}`)
    expect(await run('operator rekey -', { input: keys[0] })).to.deep.equal({
      code: 1,
      out: '',
      err: 'no rekey is in progress: start one with -init\n',
    })
    const begun = await run('operator rekey -init -key-shares=1 -key-threshold=1', {
      token,
    })
    expect(begun.out).to.match(/^Progress +0\/2$/m)
    await run('operator rekey -', { input: keys[0] })
    const { out } = await run('operator rekey -', { input: keys[1] })
    const [, fresh = ''] = /^Key 1: (\S+)$/m.exec(out) ?? []
    expect((await run('operator rekey -verify -', { input: fresh })).out).to.equal(
      'Success! The new shares are valid now, the old ones no longer.\n',
    )
    expect((await run('operator rekey -status')).out).to.match(/^Started +false$/m)
    await server.restart()
    await run('operator unseal -', { input: fresh })
    expect((await run('status')).code).to.equal(0)
  })

  it('makes a root token', async () => {
    const { unseal_keys_b64: keys } = await init(' -n=1 -t=1')
    await run(`operator unseal ${keys[0]}`)
    const { otp } = JSON.parse((await run('operator generate-root -init -format=json')).out)
    writeFileSync(join(line.folder, 'share'), `${keys[0]}\n`)
    const last = await run(`operator generate-root @${line.folder}/share`)
    expect(last.out).to.include('postern operator generate-root -decode=ENCODED_TOKEN -otp=OTP')
    const encoded = { out: /^Encoded Token +(\S+)$/m.exec(last.out)?.[1] }
    const { out } = await run(`operator generate-root -decode=${encoded.out} -otp=${otp}`)
    expect((await run('token lookup -field=policies', { token: out.trim() })).out).to.equal(
      '[root]',
    )
    expect((await run('operator generate-root -cancel')).code).to.equal(0)
    expect((await run(`operator generate-root -decode=${encoded.out} -otp=x`)).code).to.equal(1)
  })

  it('reads a share from a file', async () => {
    const { unseal_keys_b64: keys } = await init(' -key-shares=1 -key-threshold=1')
    const missing = await run('operator unseal @nosuch')
    expect([missing.code, missing.err]).to.deep.equal([
      1,
      'the share cannot be read from nosuch: no such file or directory\n',
    ])
    writeFileSync(join(line.folder, 'share'), `\ufeff${keys[0]}\r\n`)
    const unsealed = await run(`operator unseal -format=json @${line.folder}/share`)
    expect(JSON.parse(unsealed.out)).to.include({ sealed: false })
  })

  it('names the target where a seal has no such shares', async () => {
    const { unseal_keys_b64: keys, root_token: token } = await init(
      ' -key-shares=1 -key-threshold=1',
    )
    await run('operator unseal -', { input: keys[0] })
    const { err } = await run('operator rekey -init -target=recovery', { token })
    expect(err).to.include('there are no recovery shares: leave out -target.')
  })

  it('makes a seal key that only its user can read, and overwrites none', async () => {
    const file = join(line.folder, 'seal.key')
    expect((await run(`operator generate-seal-key ${file}`)).code).to.equal(0)
    expect(statSync(file).mode & 0o777).to.equal(0o600)
    const key = readFileSync(file, 'utf8')
    expect(Buffer.from(key, 'base64')).to.have.length(32)
    expect(await run(`operator generate-seal-key ${file}`)).to.deep.equal({
      code: 1,
      out: '',
      err: `cannot write ${file}: it exists already and is not overwritten\n`,
    })
    expect(readFileSync(file, 'utf8')).to.equal(key)
  })
})
