import { expect } from 'chai'
import { type CommandLine, commandLine } from './command-line.ts'

describe('errors of the server that the command line adds to', () => {
  let line: CommandLine
  beforeEach(async () => {
    line = await commandLine()
    await line.must('secrets enable ssh')
  })
  afterEach(() => line[Symbol.asyncDispose]())

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
