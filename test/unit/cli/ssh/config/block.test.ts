import { expect } from 'chai'
import {
  type BlockOptions,
  blockFor,
  hasBlocks,
  withBlock,
} from '../../../../../engine/cli/ssh/config/block.ts'

const OPTIONS: BlockOptions = {
  pattern: '*.example.com',
  mode: 'otp',
  user: undefined,
  flags: { role: 'web' },
  self: ['/usr/bin/postern'],
  directory: '/home/ann/.ssh/postern',
  trust: undefined,
}

const linesOf = (options: Partial<BlockOptions>) => blockFor({ ...OPTIONS, ...options }).split('\n')

describe('The block of a pattern in the configuration of ssh', () => {
  it('asks about names that no shell takes apart, in place of the shell', () => {
    expect(linesOf({})).to.deep.equal([
      '# begin *.example.com',
      `Match host "*.example.com,!*'*,!*\\*" user "*,!*'*,!*\\*" exec "exec /usr/bin/postern ssh -check -directory=/home/ann/.ssh/postern -role=web -- '%n' '%r' '%p'"`,
      '  ControlMaster no',
      '  ControlPath "/home/ann/.ssh/postern/%C"',
      '# end *.example.com',
      '',
    ])
  })

  it('quotes words for the shell, and percent signs for ssh', () => {
    const [, line] = linesOf({ self: ['/opt/50% off/postern'], flags: { role: 'a;b' } })
    expect(line).to.contain(`exec '/opt/50%% off/postern' ssh -check`).and.to.contain(`'-role=a;b'`)
  })

  for (const word of ["a'b", 'a"b', 'a\\b', 'a$b', 'a\nb'])
    it(`cannot hold ${JSON.stringify(word)}`, () => {
      expect(() => linesOf({ flags: { role: word } })).to.throw('cannot hold')
      expect(() => linesOf({ directory: `/home/${word}` })).to.throw('cannot hold')
    })

  it('names a certificate and its key, and shares nothing, with mode ca', () => {
    const lines = linesOf({ mode: 'ca' })
    expect(lines).to.contain('  CertificateFile "/home/ann/.ssh/postern/%r@%h:%p-cert.pub"')
    expect(lines).to.contain('  IdentityFile "/home/ann/.ssh/postern/%r@%h:%p"')
    expect(lines.join()).not.to.contain('Control')
  })

  it('does both where the engine decides', () => {
    const text = linesOf({ mode: undefined }).join()
    expect(text).to.contain('ControlPath').and.to.contain('CertificateFile')
  })

  it('names the user', () => expect(linesOf({ user: 'ubuntu' })).to.contain('  User ubuntu'))

  it('trusts a CA of host keys by a command, or by a file where ssh has no such command', () => {
    const trust = { file: 'known_hosts-1', byCommand: true }
    expect(linesOf({ trust })).to.contain(
      '  KnownHostsCommand /bin/cat "/home/ann/.ssh/postern/known_hosts-1"',
    )
    expect(linesOf({ trust: { ...trust, byCommand: false } })).to.contain(
      '  UserKnownHostsFile ~/.ssh/known_hosts ~/.ssh/known_hosts2 "/home/ann/.ssh/postern/known_hosts-1"',
    )
  })
})

describe('Blocks in a file', () => {
  const one = '# begin a\nMatch 1\n# end a\n'
  const two = '# begin b\nMatch 2\n# end b\n'

  it('are added', () => expect(withBlock('# top\n', 'a', one)).to.equal(`# top\n\n${one}`))

  it('are replaced where they are', () => {
    const text = `# top\n\n${one}\n${two}`
    const other = one.replace('1', '3')
    expect(withBlock(text, 'a', other)).to.equal(`# top\n\n${other}\n${two}`)
  })

  it('are removed, with the blank line before', () => {
    expect(withBlock(`# top\n\n${one}\n${two}`, 'b', undefined)).to.equal(`# top\n\n${one}`)
    expect(withBlock('# top\n', 'b', undefined)).to.equal('# top\n')
  })

  it('are found', () => {
    expect(hasBlocks(`# top\n\n${one}`)).to.equal(true)
    expect(hasBlocks('# top\n')).to.equal(false)
  })
})
