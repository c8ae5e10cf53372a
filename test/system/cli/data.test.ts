import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type CommandLine, commandLine } from './command-line.ts'

describe('postern read, write, list and delete', () => {
  let line: CommandLine
  beforeEach(async () => {
    line = await commandLine()
    await line.must('secrets enable ssh')
  })
  afterEach(() => line[Symbol.asyncDispose]())

  const ROLE = 'write ssh/roles/web key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8 ttl=5m'

  it('writes a role, reads it and its fields, lists it and deletes it', async () => {
    expect(await line.must(ROLE)).to.equal('Success! Data written to: ssh/roles/web\n')
    expect(await line.must('read /ssh/roles/web/')).to.match(
      /^Key {18}Value\n--- {18}-----\nallowed_users {8}n\/a\ncidr_list {12}10\.0\.0\.0\/8\n/,
    )
    expect(await line.must('read -field=default_user ssh/roles/web')).to.equal('ubuntu')
    expect(await line.must('read ssh/roles/web -field ttl')).to.equal('300')
    expect(await line.must('list ssh/roles')).to.equal('Keys\n----\nweb\n')
    expect(await line.must('list -detailed ssh/roles')).to.equal(
      'Keys    key_type\n----    --------\nweb     otp\n',
    )
    expect(await line.must('list -format=json ssh/roles')).to.equal('[\n  "web"\n]\n')
    expect(await line.must('delete ssh/roles/web')).to.equal(
      'Success! Data deleted (if it existed) at: ssh/roles/web\n',
    )
    expect(await line.run(['read', 'ssh/roles/web'])).to.deep.equal({
      code: 2,
      out: '',
      err: 'No value found at ssh/roles/web\n',
    })
  })

  it('prints nothing for a program when there is nothing to tell', async () => {
    expect(await line.must(`${ROLE} -format=json`)).to.equal('')
    expect(await line.must('delete -format=yaml ssh/roles/web')).to.equal('')
  })

  it('gives a one-time password', async () => {
    await line.must(ROLE)
    expect(await line.must('write ssh/creds/web ip=10.1.2.3')).to.match(
      /^Key {16}Value\n--- {16}-----\nlease_id {11}ssh\/creds\/web\/\w{24}\nlease_duration {5}5m\nlease_renewable {4}false\nip {17}10\.1\.2\.3\nkey {16}[0-9a-f-]{36}\nkey_type {11}otp\nport {15}22\nusername {11}ubuntu\n$/,
    )
    expect(await line.must('write -field=key ssh/creds/web ip=10.1.2.3')).to.match(
      /^[0-9a-f-]{36}$/,
    )
  })

  it('takes data from files and from standard input', async () => {
    const file = join(line.folder, 'role.json')
    writeFileSync(file, '{"key_type": "otp", "default_user": "ubuntu"}')
    await line.must(`write ssh/roles/file @${file} port=22`)
    const input = '{"key_type": "otp", "default_user": "root", "port": 2222}'
    expect((await line.run(['write', 'ssh/roles/stdin', '-'], { input })).code).to.equal(0)
    expect(await line.must('read -field=port ssh/roles/file')).to.equal('22')
    expect(await line.must('read -field=port ssh/roles/stdin')).to.equal('2222')
    await line.run(['write', 'ssh/config/zeroaddress', 'roles=file', 'roles=stdin'])
    expect(await line.must('read -format=json -field=roles ssh/config/zeroaddress')).to.equal(
      '[\n  "file",\n  "stdin"\n]',
    )
  })

  it('shows a refusal in the layout of Vault’s clients', async () => {
    expect(await line.run(['write', 'ssh/roles/x', 'a=b'])).to.deep.equal({
      code: 2,
      out: '',
      err: `Error writing data to ssh/roles/x: Error making API request.

URL: PUT ${line.address}/v1/ssh/roles/x
Code: 400. Errors:

* missing key type
`,
    })
  })

  it('says what to do when no token was sent', async () => {
    const { code, err } = await line.run(['list', 'ssh/roles'], {
      environment: { POSTERN_TOKEN: '' },
    })
    expect(code).to.equal(2)
    expect(err).to.equal(`Error listing ssh/roles: Error making API request.

URL: GET ${line.address}/v1/ssh/roles?list=true
Code: 403. Errors:

* permission denied

No token was sent. Log in, for example with "postern login -method=userpass username=NAME", or set POSTERN_TOKEN or VAULT_TOKEN.
`)
  })

  it('shows warnings apart from the result', async () => {
    await line.must(ROLE)
    const { code, out, err } = await line.run([
      'write',
      '-field=ip',
      'ssh/creds/web',
      'ip=10.1.2.3',
      'foo=1',
    ])
    expect({ code, out, err }).to.deep.equal({
      code: 0,
      out: '10.1.2.3',
      err: 'WARNING! The following warnings were returned from the server:\n\n  * Endpoint ignored these unrecognized parameters: [foo]\n\n',
    })
  })

  it('reads what is without an envelope', async () => {
    expect(await line.must('read -field=sealed sys/seal-status')).to.equal('false')
    expect(await line.must('read -format=raw sys/seal-status')).to.match(
      /^\{.*"sealed":false.*\}\s*$/s,
    )
  })

  it('explains a path', async () => {
    expect(await line.must('path-help ssh')).to.match(/## DESCRIPTION.*roles/s)
    expect(await line.must('path-help ssh/creds/web')).to.match(/username \(string\)/)
    expect(JSON.parse(await line.must('path-help -format=json ssh'))).not.to.be.a('string')
  })

  for (const [why, words, code, err] of [
    ['nothing to write', ['write', 'ssh/roles/x'], 1, 'Must supply data or use -force\n'],
    [
      'no path',
      ['read'],
      1,
      'Not enough arguments (expected at least 1, got 0)\nUsage: postern read [options] PATH [K=V...]\n\n"postern read -help" describes it, with examples.\n',
    ],
    [
      'two paths to list',
      ['list', 'a', 'b'],
      1,
      'Too many arguments (expected 1, got 2)\nUsage: postern list [options] PATH\n\n"postern list -help" describes it, with examples.\n',
    ],
    [
      'an unknown format',
      ['read', '-format=xml', 'a'],
      1,
      'Invalid output format: xml. Use table, json or yaml\n',
    ],
    [
      'raw where there is nothing raw',
      ['list', '-format=raw', 'a'],
      1,
      'This command does not support the -format=raw option; only "read" does.\n',
    ],
    [
      'a field that is not there',
      ['read', '-field=x', 'sys/seal-status'],
      1,
      'Field "x" not present in secret\n',
    ],
    ['an empty list', ['list', 'ssh/roles'], 2, 'No value found at ssh/roles\n'],
  ] as const)
    it(`ends with ${code} for ${why}`, async () => {
      expect(await line.run(words)).to.deep.equal({ code, out: '', err })
    })

  it('prints an empty object for a program that lists nothing', async () => {
    expect(await line.run(['list', '-format=json', 'ssh/roles'])).to.deep.equal({
      code: 2,
      out: '{}\n',
      err: '',
    })
  })
})
