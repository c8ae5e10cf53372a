import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type CommandLine, commandLine } from './command-line.ts'
import { runExamples, tokenOf } from './examples.ts'

const POLICY = 'path "ssh/creds/*" {\n  capabilities = ["update", "read"]\n}\n'

describe('postern policy', () => {
  let line: CommandLine
  before(async () => {
    line = await commandLine()
  })
  after(() => line[Symbol.asyncDispose]())

  const fileOf = (text: string) => {
    const file = join(line.folder, 'policy.hcl')
    writeFileSync(file, text)
    return file
  }

  it('writes a policy, prints it, lists it and deletes it', async () => {
    expect(await line.must(`policy write Users ${fileOf(POLICY)}`)).to.equal(
      'Success! Uploaded policy: users\n',
    )
    expect(await line.must('policy read users')).to.equal(POLICY)
    expect(JSON.parse(await line.must('policy read -format=json users'))).to.deep.equal({
      policy: POLICY,
    })
    expect(await line.must('policy list')).to.equal('default\nroot\nusers\n')
    expect(JSON.parse(await line.must('policy list -format=json'))).to.deep.equal([
      'default',
      'root',
      'users',
    ])
    expect(await line.must('policy delete users')).to.equal('Success! Deleted policy: users\n')
    expect(await line.run(['policy', 'read', 'users'])).to.deep.equal({
      code: 2,
      out: '',
      err: 'No policy named: users\n',
    })
  })

  it('tests a request, with examples that a sysadmin can run', async () => {
    const token = await tokenOf(line, 'sysadmin')
    const accessor = await line.must('token create -policy=default -field=token_accessor')
    const file = fileOf('path "ssh/creds/ops" { capabilities = ["update"] }')
    const replace = { '9793c9b3-e04a': accessor, 'ops.hcl': file }
    const ended = await runExamples(line, 'policy test', { token, replace })
    expect(ended.map(({ code, err }) => [code, err])).to.deep.equal([
      [1, ''],
      [1, ''],
      [0, ''],
    ])
    expect(ended[0]?.out).to.match(/^Allowed +no\nBecause +no stanza matches the path\n/m)
    expect(ended[2]?.out).to.match(/^Allowed +yes\nStanza +path "ssh\/creds\/ops"\n/m)
    const wrong = await line.run(['policy', 'test', 'update', 'ssh/creds/web'])
    expect(wrong.err).to.match(/^"update" is no command that makes a request: write read, list/)
    expect((await line.run(['policy', 'test', '-field=allowed', 'read', 'a'])).out).to.equal('true')
  })

  it('takes a policy from standard input', async () => {
    const ended = await line.run(['policy', 'write', 'piped', '-'], { input: POLICY })
    expect(ended).to.include({ code: 0, out: 'Success! Uploaded policy: piped\n' })
    expect(await line.must('policy read piped')).to.equal(POLICY)
  })

  it('says what is wrong with a policy', async () => {
    const ended = await line.run(['policy', 'write', 'bad', fileOf('path "a" {\nx = 1\n}')])
    expect(ended.code).to.equal(2)
    expect(ended.err).to.match(/^Error uploading policy: .*invalid key "x" on line 2/s)
    const missing = await line.run(['policy', 'write', 'bad', join(line.folder, 'nowhere')])
    expect(missing.code).to.equal(2)
    expect(missing.err).to.equal(
      `Error opening policy file: ${join(line.folder, 'nowhere')}: no such file or directory\n`,
    )
  })

  it('lays out a file, and leaves alone what is no policy', async () => {
    const file = fileOf('path "ssh/creds/*"   {\ncapabilities=["update", "read"]\n}')
    expect(await line.must(`policy fmt ${file}`)).to.equal(`Success! Formatted policy: ${file}\n`)
    expect(readFileSync(file, 'utf8')).to.equal(
      'path "ssh/creds/*"   {\n  capabilities = ["update", "read"]\n}\n',
    )
    const bad = fileOf('path {')
    expect((await line.run(['policy', 'fmt', bad])).code).to.equal(1)
    expect(readFileSync(bad, 'utf8')).to.equal('path {')
  })

  it('tells what tokens may do', async () => {
    await line.must(`policy write users ${fileOf(POLICY)}`)
    const token = await line.must('token create -policy=users -field=token')
    const accessor = await line.must(`token lookup -field=accessor ${token}`)
    for (const named of [token, `-accessor ${accessor}`])
      expect(await line.must(`token capabilities ${named} ssh/creds/web`)).to.equal(
        'read, update\n',
      )
    expect(await line.must('token capabilities ssh/creds/web')).to.equal('root\n')
    const own = { environment: { POSTERN_TOKEN: token } }
    const words = ['token', 'capabilities', '-format=json', 'sys/mounts']
    expect(JSON.parse((await line.run(words, own)).out)).to.deep.equal(['deny'])
    expect((await line.run(['token', 'capabilities', '-accessor', 'a'])).code).to.equal(1)
    expect((await line.run(['token', 'capabilities', 'hvs.nobody', 'a'])).code).to.equal(2)
  })

  it('makes tokens by a role', async () => {
    await line.must('write auth/token/roles/web allowed_policies=users')
    const token = await line.must('token create -role=web -field=token')
    expect(await line.must(`token lookup -field=role ${token}`)).to.equal('web')
    expect((await line.run(['token', 'create', '-role=nobody'])).code).to.equal(2)
  })
})
