import { expect } from 'chai'
import { type CommandLine, commandLine } from './command-line.ts'

describe('errors of the server that the command line adds to', () => {
  let line: CommandLine
  beforeEach(async () => {
    line = await commandLine()
    await line.must('secrets enable ssh')
    await line.must('write ssh/config/ca key_type=ed25519')
    await line.must('write ssh/roles/ops key_type=ca allow_user_certificates=true allowed_users=*')
    await line.must('write ssh/roles/web key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8')
  })
  afterEach(() => line[Symbol.asyncDispose]())

  it('says which policy is missing', async () => {
    const token = await line.must('token create -policy=default -field=token')
    const environment = { POSTERN_TOKEN: token }
    const denied = async (words: string) =>
      (await line.run(words.split(' '), { environment })).err.split('\n\n').at(-1)
    const missing = (capability: string, more = '') =>
      `The policies of your token do not allow "${capability}" on ${more}. If the path is spelt right, ask for a policy that does.\n`
    const sudo = (path: string) => `${path}; some paths there require "sudo" as well`
    expect(await denied('read ssh/roles/web')).to.equal(missing('read', 'ssh/roles/web'))
    expect(await denied('list ssh/roles')).to.equal(missing('list', 'ssh/roles'))
    expect(await denied('write ssh/nope a=b')).to.equal(missing('update', 'ssh/nope'))
    expect(await denied('delete ssh/roles/web')).to.equal(missing('delete', 'ssh/roles/web'))
    expect(await denied('secrets list')).to.equal(missing('read', sudo('sys/mounts')))
  })

  it('says how an auth method is named', async () => {
    const anonymous = { environment: { POSTERN_TOKEN: undefined } }
    const pairs = await line.run(['login', 'username=ann', 'password=x'], anonymous)
    expect([pairs.code, pairs.err.includes('-method=userpass username=ann')]).to.deep.equal([
      1,
      true,
    ])
    const unmounted = await line.run(['login', '-method=oidc', 'role=x'], anonymous)
    expect(unmounted.err).to.include('Is an auth method enabled there?')
  })

  it('shows the help of a group, and suggests no command for it', async () => {
    const { code, out } = await line.run(['operator', 'help'])
    expect([code, out.startsWith('Usage: postern operator <subcommand>')]).to.deep.equal([0, true])
    expect((await line.run(['operator', 'help', 'init'])).out).to.include('postern operator init [')
  })

  const cases = [
    ['write ssh/roles/x key_type=foo', 'invalid key type', 'key_type is "otp", "ca" or "dynamic".'],
    [
      'write ssh/roles/x key_type=dynamic default_user=u admin_user=a key=nope',
      `invalid 'key': "nope"`,
      '"postern write SSH-MOUNT/keys/NAME key=@FILE" adds one.',
    ],
    [
      'write ssh/roles/x key_type=ca allow_user_certificates=true algorithm_signer=foo',
      'unknown algorithm signer "foo"',
      'algorithm_signer is "default"',
    ],
    ['write ssh/creds/web ip=10.1.2.3 ip=10.1.2.4', 'got a list', 'more than once'],
    ['write ssh/creds/web ip=web.example.com', 'Invalid IP', '"postern ssh" takes names'],
    ['write ssh/sign/ops public_key=id.pub', 'parse public_key', 'write public_key=@FILE.pub'],
    ['unwrap hvs.none', 'wrapping token is not valid', 'replace the secret in it'],
    ['secrets enable kv', 'plugin not found in the catalog: kv', 'secrets engine "ssh"'],
    ['audit enable nope', 'unknown backend type: "nope"', '"file", "socket" and "syslog"'],
    ['write sys/tools/hash/md5 input=YQ==', 'unsupported algorithm md5', '"sha2-256"'],
    ['audit enable syslog facility=foo', 'unknown syslog facility "foo", known are', 'authpriv'],
    ['audit enable file file_path=/x y=1', 'unknown option "y", known are', 'file_path'],
  ] as const
  for (const [words, refusal, hint] of cases)
    it(`says what there is for: ${words}`, async () => {
      const { code, err } = await line.run(words.split(' '))
      expect(code).to.equal(2)
      expect(err).to.include(refusal).and.include(hint)
    })
})
