import { expect } from 'chai'
import type { CommandLine } from './command-line.ts'
import { type FakeSsh, fakeSsh } from './fake-ssh.ts'

describe('The words of postern ssh', () => {
  let fake: FakeSsh
  let line: CommandLine
  beforeEach(async () => {
    fake = await fakeSsh()
    line = fake.line
  })
  afterEach(() => fake[Symbol.asyncDispose]())

  const ssh: FakeSsh['ssh'] = (...given) => fake.ssh(...given)
  const note = (name: string) => fake.note(name)

  for (const [words, given] of [
    ['-role=web -p 2200 -v ubuntu@10.1.2.3 id', '-p 2200 -v ubuntu@10.1.2.3 id'],
    ['-tt -role web -oPort=22 ubuntu@10.1.2.3 -role=x', '-tt -oPort=22 ubuntu@10.1.2.3 -role=x'],
    ['-l ubuntu -role=web 10.1.2.3 rsync --server', '-l ubuntu 10.1.2.3 rsync --server'],
    ['-x -oUser=ubuntu -role=web -- 10.1.2.3', '-x -oUser=ubuntu 10.1.2.3'],
    ['-C -o BatchMode=yes -role=web ubuntu@10.1.2.3', '-C -o BatchMode=yes ubuntu@10.1.2.3'],
    ['-vNL 8:a:80 --role=web -A -i k ubuntu@10.1.2.3', '-vNL 8:a:80 -A -i k ubuntu@10.1.2.3'],
  ] as const)
    it(`takes options of ssh before the host: ${words}`, async () => {
      const { code, err } = await ssh(words)
      expect(code, err).to.equal(0)
      const last = note('words')?.trim().split('\n') ?? []
      expect(last.slice(-given.split(' ').length).join(' ')).to.equal(given)
      expect(last.join(' ')).to.match(/ -o KbdInteractiveAuthentication=yes .*-o BatchMode=no /)
    })

  for (const words of ['-V', '-G ubuntu@10.1.2.3', '-Q cipher', '-O check 10.1.2.3'])
    it(`leaves it to ssh to answer ${words}, and asks for no password`, async () => {
      const ended = await ssh(`-role=web -ssh-executable=/usr/bin/ssh ${words}`, {
        POSTERN_TOKEN: 'nobody',
      })
      expect([ended.code, ended.err]).to.deep.equal([words.startsWith('-O') ? 255 : 0, ''])
    })

  it('trusts a host by the engine that signs host keys, and nothing else', async () => {
    await line.must('secrets enable -path=hosts ssh')
    await line.must('write hosts/config/ca key_type=ed25519')
    const shown = 'cat "$(sed -n s/UserKnownHostsFile=//p $FAKE/words | tr -d \'"\')" >$FAKE/known'
    const words = '-role=web -host-key-mount-point=hosts/ -host-key-hostnames=*.example'
    const ended = await ssh(`${words} -o StrictHostKeyChecking=no ubuntu@10.1.2.3`, {
      FAKE_RUN: shown,
    })
    expect(ended, ended.err).to.include({ code: 0 })
    expect(note('known')).to.match(/^@cert-authority \*\.example ssh-ed25519 \S+\n$/)
    expect(note('words')).to.match(/StrictHostKeyChecking=yes(?:.|\n)*StrictHostKeyChecking=no/)
  })

  it('runs as the examples of its help have it', async () => {
    await line.must('secrets enable -path=ssh-hosts ssh')
    await line.must('write ssh-hosts/config/ca key_type=ed25519')
    const { out } = await line.run(['ssh', '-help'])
    const examples = [...out.matchAll(/postern (ssh -role=web .*)$/gm)].map(([, text = '']) => text)
    const own = examples.filter(text => !/rsync|git|\$@/.test(text))
    expect(own.length).to.be.greaterThan(5)
    for (const example of own) {
      const words = example
        .replace(/ubuntu@(?!gate)[\w.]+/, 'ubuntu@10.1.2.3')
        .match(/(?:"[^"]*"|[^\s"])+/g)
      const ended = await line.run(
        (words ?? []).map(word => word.replaceAll('"', '')),
        { environment: fake.environment },
      )
      expect(ended.code, `${example}: ${ended.err}`).to.equal(0)
    }
  })
})
