import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { summarizeKrl } from '../../../engine/openssh/krl-reader.ts'
import { type CommandLine, commandLine } from './command-line.ts'
import { runExamples, tokenOf } from './examples.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGq5o3ImpsB0PLSb9ZyGXQZk3rX6YB6LNmMOPv1nZ3nT'

describe('certificates on the command line', () => {
  let line: CommandLine
  let sysadmin = ''
  const serials: string[] = []
  before(async () => {
    line = await commandLine()
    await line.must('secrets enable ssh')
    await line.must('write ssh/config/ca generate_signing_key=true key_type=ed25519')
    await line.must(
      'write ssh/roles/signs key_type=ca allow_user_certificates=true default_user=ubuntu allowed_users=ubuntu,root',
    )
    for (const user of ['ubuntu', 'root', 'ubuntu']) {
      const words = [`public_key=${KEY}`, `valid_principals=${user}`]
      const sign = ['write', '-field=serial_number', 'ssh/sign/signs', ...words]
      // as lists have it; a reply has no zeros in front
      serials.push((await line.run(sign)).out.padStart(16, '0'))
    }
    sysadmin = await tokenOf(line, 'sysadmin')
  })
  after(() => line[Symbol.asyncDispose]())

  const run = (words: string) =>
    line.run(words.split(' '), { environment: { POSTERN_TOKEN: sysadmin } })

  it('are listed and searched', async () => {
    const { out } = await run('certs list -principal=root')
    expect(out).to.match(/^Serial +State +Type +Principals +Role +Key ID +Until\n-+ /)
    expect(out).to.match(new RegExp(`^${serials[1]} +valid +user +root +signs +vault-`, 'm'))
    const names = (await run('certs list -field=name')).out.trim().split('\n')
    expect(names).to.have.members(serials)
    expect((await run('certs list -role=other')).err).to.equal('There is no certificate.\n')
  })

  it('are counted before they are revoked, and not revoked by that', async () => {
    const { code, out } = await run('certs revoke -preview -role=signs')
    expect(code).to.equal(0)
    expect(out).to.match(/^Certificates +3$.*^Roles +signs$.*^Principals +root, ubuntu$/ms)
    expect((await run(`certs revoke -preview -field=later ${serials[0]}`)).out).to.equal('false')
    expect(
      (await run('certs list -state=valid -field=name')).out.trim().split('\n'),
    ).to.have.length(3)
  })

  it('are revoked, one and many, and counted in the list', async () => {
    expect((await run('krl')).out).to.match(/^version +0$.*^serial_numbers +0$/ms)
    expect((await run(`certs revoke ${serials[0]}`)).out).to.equal(
      'Success! Revoked 1 certificate. Hosts refuse them once they have version 1 of the list.\n',
    )
    expect((await run(`certs show -field=state ${serials[0]}`)).out).to.equal('revoked')
    expect((await run('certs revoke -role=signs -format=json')).out).to.equal(
      '{\n  "krl_version": 2,\n  "revoked": 2\n}\n',
    )
    expect((await run('krl -field=serial_numbers')).out).to.equal('3')
    expect((await run('certs revoke')).err).to.match(/^Name one certificate/)
    expect((await run('certs revoke -role=a -issuer=b')).code).to.equal(1)
  })

  it('leave a list that is saved as it came, in a new file', async () => {
    const file = join(line.folder, 'list')
    expect((await run(`krl -out=${file} -field=version`)).out).to.equal('2')
    expect(summarizeKrl(readFileSync(file))).to.include({ version: 2n, serials: 3n })
    expect((await run(`krl -out=${file}`)).err).to.match(/^Error writing .*: file already exists/)
    expect((await run('krl -mount=nosuch')).code).to.equal(2)
  })

  for (const name of ['certs list', 'certs show', 'certs revoke', 'krl', 'keys'])
    it(`have examples of ${name} that a sysadmin can run`, async () => {
      const replace = {
        '4d5eed31568d74fa': serials[0] ?? '',
        'revoked-keys': join(line.folder, 'revoked-keys'),
      }
      for (const ended of await runExamples(line, name, { token: sysadmin, replace }))
        expect(ended.code, ended.err).to.equal(0)
    })
})
