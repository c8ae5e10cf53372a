import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type CommandLine, commandLine } from './command-line.ts'

/** Milliseconds; completion waits for an answer of the server a little longer. */
const PATIENCE = 1500

/** What the documentation gives an engineer. */
const ENGINEER = 'path "ssh/creds/web" { capabilities = ["update"] }'

describe('Completion with names of the server', () => {
  let line: CommandLine
  let engineer: string

  before(async () => {
    line = await commandLine()
    for (const words of [
      'secrets enable ssh',
      'secrets enable -path=ssh-prod ssh',
      'write ssh/roles/web key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8',
      'write ssh/roles/web-admin key_type=otp default_user=root cidr_list=10.0.0.0/8',
      'write ssh-prod/roles/db key_type=otp default_user=postgres cidr_list=10.0.0.0/8',
      'write ssh/hosts/web-1 addresses=10.1.2.3',
      'auth enable userpass',
    ])
      await line.must(words)
    await line.run(['policy', 'write', 'engineer', '-'], { input: ENGINEER })
    engineer = (await line.must('token create -field=token -policy=engineer')).trim()
  })
  after(() => line[Symbol.asyncDispose]())

  /** Runs it again if the machine stood still meanwhile. */
  const complete: CommandLine['run'] = async (words, circumstances) => {
    const begun = performance.now()
    const ended = await line.run(['completion', 'words', ...words], circumstances)
    return performance.now() - begun < PATIENCE ? ended : complete(words, circumstances)
  }
  const offered = async (typed: string, token = 'root') => {
    const words = ['fish', ...typed.split(' ')]
    const { code, out, err } = await complete(words, { environment: { POSTERN_TOKEN: token } })
    expect([code, err]).to.deep.equal([0, ''])
    return out.split('\n').flatMap(each => each.split('\t')[0] || [])
  }

  for (const [typed, names] of Object.entries({
    'ssh -role=web': ['-role=web', '-role=web-admin'],
    'ssh -mount-point=ssh-prod -role=': ['-role=db'],
    'ssh ubuntu@we': ['ubuntu@web-1'],
    'can w': ['web-1'],
    'ssh web-1 w': [],
    'policy read eng': ['engineer'],
    'policy read engineer ': [],
    'token create -policy=eng': ['-policy=engineer'],
    'secrets disable ssh': ['ssh-prod/', 'ssh/'],
    'auth disable u': ['userpass/'],
    'read ssh': ['ssh-prod/', 'ssh/'],
    'read ssh/r': ['ssh/revoke', 'ssh/roles/'],
    'read ssh/roles/web-': ['ssh/roles/web-admin'],
    'write ssh-prod/creds/': ['ssh-prod/creds/db'],
    'write ssh/creds/web user': [],
    'delete sys/policies/acl/e': ['sys/policies/acl/engineer'],
    'read nowhere/': [],
  }))
    it(`offers for "${typed}" ${names.join(', ') || 'nothing'}`, async () => {
      expect(await offered(typed)).to.deep.equal(names)
    })

  it('offers who may not list roles those that the own policies name', async () => {
    expect(await offered('ssh -role=', engineer)).to.deep.equal(['-role=web'])
    expect(await offered('write ssh/creds/', engineer)).to.deep.equal(['ssh/creds/web'])
    expect(await offered('policy read ', engineer)).to.deep.equal([])
  })

  it('offers bash no name that would do more than stand in the line', async () => {
    const odd = [
      'x;id',
      'x$(id)',
      'x`id`',
      'x y',
      'x*',
      'x|y',
      "x'y",
      'x\\y',
      'x!y',
      'x{a,b}',
      'x<y',
    ]
    for (const name of [...odd, 'x-plain'])
      await line.run(['policy', 'write', name, '-'], { input: ENGINEER })
    const words = (shell: string) => complete([shell, 'policy', 'read', 'x'])
    expect((await words('bash')).out).to.equal('x-plain\n')
    expect((await words('fish')).out.split('\n').length).to.be.greaterThan(6)
    for (const name of odd) await line.run(['policy', 'delete', name])
  })

  it('offers nothing, and says nothing, without a token or a server', async () => {
    expect(await offered('ssh -role=', 'unknown')).to.deep.equal([])
    const away = { POSTERN_ADDR: 'http://127.0.0.1:1' }
    expect(await complete(['fish', 'ssh', '-role='], { environment: away })).to.include({
      code: 0,
      out: '',
      err: '',
    })
  })

  it('gives bash what it replaces of a word', async () => {
    const inBash = async (...words: string[]) => (await complete(['bash', ...words])).out
    expect(await inBash('ssh', 'ubuntu', '@')).to.equal('web-1\n')
    expect(await inBash('ssh', 'ubuntu', '@', 'we')).to.equal('web-1\n')
    expect(await inBash('ssh', '-role', '=', 'web-')).to.equal('web-admin\n')
  })

  describe('for all shells of a user', () => {
    const install = (environment = {}) => line.run(['-autocomplete-install'], { environment })
    const at = (name: string) => join(line.folder, name)
    const BASHRC = 'alias ll="ls -l"'

    it('needs a shell that is used', async () => {
      expect(await install({ SHELL: '/bin/sh' })).to.include({ code: 1 })
      expect((await install({ HOME: undefined })).err).to.match(/set HOME/)
    })

    it('leaves a start file as it is that is in another encoding', async () => {
      const text = Buffer.from('# caf\xe9\n', 'latin1')
      writeFileSync(at('.bashrc'), text)
      const { code, err } = await install({ SHELL: '/bin/bash' })
      expect([code, err]).to.deep.equal([
        2,
        `failed to read ${at('.bashrc')}: it is not in UTF-8\n`,
      ])
      expect(readFileSync(at('.bashrc')).equals(text)).to.equal(true)
      rmSync(at('.bashrc'))
    })

    it('writes through a link, and keeps the mode', async () => {
      writeFileSync(at('real'), BASHRC, { mode: 0o640 })
      symlinkSync('real', at('.bashrc'))
      expect((await install({ SHELL: '/bin/bash' })).code).to.equal(0)
      expect(lstatSync(at('.bashrc')).isSymbolicLink()).to.equal(true)
      expect(statSync(at('real')).mode & 0o777).to.equal(0o640)
      expect(readFileSync(at('real'), 'utf8')).to.match(/^alias ll="ls -l"\n.*postern/)
      for (const name of ['real', '.bashrc']) rmSync(at(name))
    })

    it('is written into their start files once, and taken out again', async () => {
      writeFileSync(at('.bashrc'), BASHRC)
      mkdirSync(at('.config/fish'), { recursive: true })
      const done = await install({ SHELL: '/usr/bin/zsh' })
      expect(done.code).to.equal(0)
      expect(done.out.match(/written to/g)).to.have.length(3)
      const written = readFileSync(at('.bashrc'), 'utf8')
      expect(written).to.match(/^alias ll="ls -l"\n.*source <\(postern completion bash\)/)
      expect((await install()).out).to.match(/^bash: .* has it already\n/)
      expect(readFileSync(at('.bashrc'), 'utf8')).to.equal(written)
      expect((await line.run(['-autocomplete-uninstall'])).code).to.equal(0)
      expect(readFileSync(at('.bashrc'), 'utf8')).to.equal(`${BASHRC}\n`)
      expect(readFileSync(at('.zshrc'), 'utf8')).to.equal('')
      expect(existsSync(at('.config/fish/completions/postern.fish'))).to.equal(false)
    })
  })
})
