import { expect } from 'chai'
import { type CommandLine, commandLine } from './command-line.ts'

describe('postern secrets, and the words of 2016', () => {
  let line: CommandLine
  beforeEach(async () => {
    line = await commandLine()
  })
  afterEach(() => line[Symbol.asyncDispose]())

  it('mounts, tunes, lists and unmounts', async () => {
    expect(
      await line.must('secrets enable -path=ssh-prod -default-lease-ttl=10m -description=prod ssh'),
    ).to.equal('Success! Enabled the ssh secrets engine at: ssh-prod/\n')
    const mount = async () => JSON.parse(await line.must('secrets list -format=json'))['ssh-prod/']
    expect((await mount()).config.default_lease_ttl).to.equal(600)
    expect(await line.must('secrets tune -default-lease-ttl=20m /ssh-prod')).to.equal(
      'Success! Tuned the secrets engine at: ssh-prod/\n',
    )
    const tuned = await mount()
    expect([tuned.config.default_lease_ttl, tuned.description]).to.deep.equal([1200, 'prod'])
    expect(await line.must('secrets list')).to.match(
      /^Path {10}Type +Accessor +Description\n---- {10}---- +-------- +-----------\n(?:.*\n)*ssh-prod\/ +ssh +ssh_[0-9a-f]{8} +prod\n/,
    )
    expect(await line.must('secrets list -detailed')).to.match(
      /\nssh-prod\/ +ssh +ssh_\w+ +1200 +system +false +replicated/,
    )
    expect(await line.must('secrets disable ssh-prod')).to.equal(
      'Success! Disabled the secrets engine (if it existed) at: ssh-prod/\n',
    )
    expect(await mount()).to.equal(undefined)
  })

  it('shows the warning about a default that the maximum cuts', async () => {
    const warned = async (words: string) =>
      (await line.run(words.split(' '))).err.includes('exceeds the maximum of "')
    expect(await warned('secrets enable -default-lease-ttl=9999h ssh')).to.equal(true)
    expect(await warned('auth enable -default-lease-ttl=9999h userpass')).to.equal(true)
    expect(await warned('auth tune -max-lease-ttl=10000h userpass')).to.equal(false)
    expect(await warned('secrets tune -description=x ssh')).to.equal(true)
    expect(await warned('secrets tune -default-lease-ttl=1h ssh')).to.equal(false)
    expect(await warned('mount -path=old -default-lease-ttl=9999h ssh')).to.equal(true)
    expect(await warned('auth tune -default-lease-ttl=10001h -max-lease-ttl=0 userpass')).to.equal(
      true,
    )
  })

  it('says so as Vault did in 2016', async () => {
    expect(await line.must('mount ssh')).to.equal("Successfully mounted 'ssh' at 'ssh'!\n")
    expect(await line.must('mounts')).to.match(
      /^Path +Type +Default TTL {2}Max TTL {2}Description\n(?:.*\n)*ssh\/ +ssh +system +system +n\/a\n/,
    )
    expect(await line.must('unmount ssh')).to.equal(
      "Successfully unmounted 'ssh' if it was mounted\n",
    )
  })

  it('shows why a mount was refused', async () => {
    await line.must('mount ssh')
    const { code, err } = await line.run(['secrets', 'enable', 'ssh'])
    expect(code).to.equal(2)
    expect(err).to.match(
      /^Error enabling: Error making API request\..*\* path is already in use at ssh\/\n$/s,
    )
  })
})
