import { randomUUID } from 'node:crypto'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { Keygen, type MadeKey } from '../../support/keygen.ts'
import type { Host } from '../../support/lab.ts'
import { RELOAD_SSHD } from '../../support/reload-sshd.ts'
import { Site } from '../../support/site.ts'
import { until } from '../../support/until.ts'

const POSTERN = join(import.meta.dirname, '../../../dist/postern')

const LIMITED = { 'force-command': 'echo LIMITED' }

describe('postern ssh -mode=ca', function () {
  this.timeout(60_000)

  const keygen = new Keygen()
  let site: Site
  let web: Host
  let key: MadeKey
  let token: string
  /** `ADDRESS TYPE KEY` of the host. */
  let hostKey: string

  before(async () => {
    site = await Site.start()
    key = keygen.key('-t', 'ed25519')
    for (const mount of ['ca', 'hostca']) {
      await site.must('secrets', 'enable', `-path=${mount}`, 'ssh')
      await site.must('write', `${mount}/config/ca`, 'key_type=ed25519')
    }
    await role('ops', {})
    await role('limited', { default_critical_options: LIMITED })
    web = await site.host({ name: 'web', number: 11 })
    await web.run(['cp', '/setup/packaging/sshd/20-postern-ca.conf', '/etc/ssh/sshd_config.d/'])
    await refresh()
    await web.run(['sh', '-c', RELOAD_SSHD])
    const file = keygen.write(
      'policy.hcl',
      ['ops', 'limited']
        .map(name => `path "ca/sign/${name}" { capabilities = ["update"] }\n`)
        .join(''),
    )
    await site.must('policy', 'write', 'certificate-user', file)
    token = await site.must('token', 'create', '-policy=certificate-user', '-field=token')
    const line = await web.read('/etc/ssh/ssh_host_ed25519_key.pub')
    hostKey = `${web.ip4} ${line.split(' ').slice(0, 2).join(' ')}`
  })
  after(async () => {
    keygen[Symbol.dispose]()
    await site[Symbol.asyncDispose]()
  })

  const role = (name: string, more: object) => {
    const fields = {
      ...{ key_type: 'ca', allow_user_certificates: true, allowed_users: '*', ttl: '30m' },
      ...more,
    }
    const file = keygen.write(`${name}.json`, JSON.stringify(fields))
    return site.run(['sh', '-c', `${POSTERN} write ca/roles/${name} - <${file}`])
  }

  /** What the host trusts, and what it does not any more. */
  async function refresh() {
    for (const [path, file] of [
      ['public_keys', 'postern-trusted'],
      ['krl', 'postern-revoked'],
    ]) {
      const from = ['--cacert', '/etc/postern/ca.pem', `${site.engineUrl}/v1/ca/${path}`]
      const got = await web.run(['curl', '-sf', ...from, '-o', `/etc/ssh/${file}`])
      expect(got.code, got.stderr).to.equal(0)
    }
  }

  const command = (name: string, ...words: readonly string[]) => [
    ...[POSTERN, 'ssh', '-mode=ca', '-mount-point=ca', `-role=${name}`],
    ...[`-public-key-path=${key.file}.pub`, ...words, `alice@${web.ip4}`],
  ]

  const known = () => `-user-known-hosts-file=${site.knownHosts}`

  const quoted = (words: readonly string[]) => words.map(word => `'${word}'`).join(' ')

  /** Runs commands one after another with an agent of their own. */
  const withAgent = (...commands: readonly string[]) =>
    site.run(
      [
        'bash',
        '-c',
        `eval "$(ssh-agent -s)" >/dev/null; trap 'kill $SSH_AGENT_PID' EXIT; exec </dev/null\n${commands.join('\n')}`,
      ],
      { POSTERN_TOKEN: token },
    )

  const echo = (name: string) => `${quoted(command(name, known()))} 'echo FULL'`

  it('logs in with the rights of the role that is named, whatever the agent holds', async () => {
    const run = await withAgent(echo('ops'), echo('limited'), echo('ops'), echo('limited'))
    expect(run.stdout, run.stderr).to.equal('FULL\nLIMITED\nFULL\nLIMITED\n')
  })

  /** How many logins syslog has, once it has written all that came before. */
  async function accepted(): Promise<number> {
    const mark = randomUUID()
    await web.run(['logger', '-p', 'auth.info', mark])
    const log = () => web.read('/var/log/auth.log')
    await until(async () => (await log()).includes(mark))
    return (await log()).match(/Accepted publickey/g)?.length ?? 0
  }

  it('shares connections only between logins of one role', async () => {
    const config = keygen.write(
      'sharing',
      `ControlMaster auto\nControlPath ${keygen.folder}/cm-%C\nControlPersist 60s\n`,
    )
    const sharing = (name: string) =>
      site.run([...command(name, known()), '-F', config, 'echo FULL'], { POSTERN_TOKEN: token })
    const ended = []
    for (const name of ['ops', 'limited', 'ops']) ended.push((await sharing(name)).stdout)
    expect(ended).to.deep.equal(['FULL\n', 'LIMITED\n', 'FULL\n'])
    const logins = await accepted()
    await sharing('limited')
    expect(await accepted()).to.equal(logins)
  })

  it('has a passphrase asked for once, by ssh', async () => {
    const { file } = keygen.key('-t', 'ed25519', '-N', 'secret')
    const login = [...command('ops', known()), 'id -un'].join(' ').replaceAll(key.file, file)
    const run = await withAgent(
      `{ for i in 1 2 3 4; do sleep 2; echo secret; done; } | script -qec "${login}" /dev/null; ssh-add -l`,
    )
    expect(run.stdout, run.stderr).to.match(/^\s*Enter passphrase for key [^:]*: \s*alice\s/)
    expect(run.stdout).to.include('The agent has no identities.')
  })

  it('takes no certificate beside the key', async () => {
    const folder = join(site.folder, 'beside')
    mkdirSync(folder)
    for (const end of ['', '.pub']) copyFileSync(`${key.file}${end}`, join(folder, `id${end}`))
    const limited = await site.must(
      ...['write', '-field=signed_key', 'ca/sign/limited', 'valid_principals=alice'],
      `public_key=@${key.file}.pub`,
    )
    writeFileSync(join(folder, 'id-cert.pub'), `${limited}\n`)
    const own = echo('ops').replace(`${key.file}.pub`, join(folder, 'id.pub'))
    const run = await withAgent(own, own)
    expect(run.stdout, run.stderr).to.equal('FULL\nFULL\n')
  })

  it('says so for a role that is not there, although the agent has a certificate', async () => {
    const run = await withAgent(echo('ops'), echo('none'))
    expect(run.stdout).to.equal('FULL\n')
    expect(run.stderr).to.include('failed to sign public key')
    expect(run.code).to.equal(2)
  })

  it('logs in after the certificate in the agent was revoked', async () => {
    const serial = `ssh-add -L | ssh-keygen -L -f - | sed -n 's/ *Serial: //p'`
    const folder = join(site.folder, 'revoking')
    mkdirSync(folder)
    const running = withAgent(
      echo('ops'),
      `${serial} >${folder}/serial.new; mv ${folder}/serial.new ${folder}/serial`,
      `while [ ! -e ${folder}/revoked ]; do sleep 0.1; done`,
      echo('ops'),
    )
    let number = ''
    for (let tries = 0; number === '' && tries < 200; tries++) {
      number = (await site.lab.run(['cat', `${folder}/serial`])).stdout.trim()
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    await site.must('write', 'ca/revoke', `serial_number=${BigInt(number).toString(16)}`)
    await refresh()
    writeFileSync(`${folder}/revoked`, '')
    const run = await running
    expect(run.stdout, run.stderr).to.equal('FULL\nFULL\n')
  })

  it("leaves the user's key in the agent when the certificate has ended", async () => {
    await role('short', { ttl: '8s' })
    const run = await site.run([
      'bash',
      '-c',
      `eval "$(ssh-agent -s)" >/dev/null; trap 'kill $SSH_AGENT_PID' EXIT; exec </dev/null
       ssh-add -q ${key.file}; ${echo('short')}; while ssh-add -L | grep -q cert-v01; do sleep 0.1; done; ssh-add -L | cut -d' ' -f1`,
    ])
    expect(run.stdout, run.stderr).to.equal('FULL\nssh-ed25519\n')
  })

  describe('with -host-key-mount-point', () => {
    const trusting = (config: string, ...words: readonly string[]) =>
      site.run([
        ...command('ops', '-host-key-mount-point=hostca'),
        ...['-F', keygen.write('config', config), ...words, 'id -un'],
      ])

    for (const [what, config] of [
      ['a file of all users', 'GlobalKnownHostsFile FILE'],
      ["the user's file", 'UserKnownHostsFile FILE'],
      ['a command', 'KnownHostsCommand /bin/cat FILE'],
      ['a setting for this host', `Host *\n  StrictHostKeyChecking no`],
    ] as const)
      it(`does not trust a host for ${what}`, async () => {
        const file = keygen.write('known', `${hostKey}\n`)
        const run = await trusting(`${config.replace('FILE', file)}\n`)
        expect(run.code).to.equal(255)
        expect(run.stderr).to.include('Host key verification failed')
      })

    it('does not trust a host for the words behind its name', async () => {
      const file = keygen.write('known', `${hostKey}\n`)
      const words = [`UserKnownHostsFile=${file}`, 'StrictHostKeyChecking=no']
      const run = await trusting('', ...words.flatMap(word => ['-o', word]))
      expect(run.code).to.equal(255)
      expect(run.stderr).to.include('Host key verification failed')
    })

    it('trusts a host that the mount has signed, with its files in a folder like p%h q', async () => {
      const file = keygen.write('host.pub', await web.read('/etc/ssh/ssh_host_ed25519_key.pub'))
      await site.must(
        ...['write', 'hostca/roles/hosts', 'key_type=ca', 'allow_host_certificates=true'],
        ...['allowed_domains=*', 'ttl=1h'],
      )
      const signed = await site.must(
        ...['write', '-field=signed_key', 'hostca/sign/hosts', `public_key=@${file}`],
        ...['cert_type=host', `valid_principals=${web.ip4}`],
      )
      writeFileSync(join(site.folder, 'host-cert.pub'), `${signed}\n`)
      const drop = 'HostCertificate /setup/host-cert.pub'
      await web.run([
        'sh',
        '-c',
        `echo ${drop} >/etc/ssh/sshd_config.d/30-host.conf; ${RELOAD_SSHD}`,
      ])
      const place = join(site.folder, 'p%h q')
      mkdirSync(place)
      const run = await site.run([...command('ops', '-host-key-mount-point=hostca'), 'id -un'], {
        TMPDIR: place,
      })
      expect(run.stdout, run.stderr).to.equal('alice\n')
    })
  })

  for (const folder of ['a b', 'p%hq', "it's"])
    it(`finds its files in a folder called ${folder}`, async () => {
      const place = join(site.folder, folder)
      mkdirSync(place)
      copyFileSync(site.knownHosts, join(place, 'known hosts'))
      const run = await site.run(
        [...command('ops', `-user-known-hosts-file=${join(place, 'known hosts')}`), 'id -un'],
        { TMPDIR: place },
      )
      expect(run.stdout, run.stderr).to.equal('alice\n')
    })
})
