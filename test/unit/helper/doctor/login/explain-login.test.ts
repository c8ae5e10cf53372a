import { expect } from 'chai'
import { explainLogin } from '../../../../../helper/doctor/login/explain-login.ts'
import { DoctorHost } from '../../../../support/doctor-host.ts'

const CLIENT = { user: 'alice', from: '10.1.2.9' }
const ASKED = 'sshd -T -C user=alice,host=10.1.2.9,addr=10.1.2.9'
const TODAY = Math.floor(Date.now() / 86_400_000)

interface Person {
  readonly passwd?: string
  readonly shadow?: string
  readonly groups?: string
  /** Lines of sshd for this login, in place of others of the same name. */
  readonly sshd?: readonly string[]
}

/** What is explained of a login on a host whose engine is away, which is the last thing that refuses. */
async function explained(person: Person, make: (host: DoctorHost) => unknown = () => undefined) {
  using host = new DoctorHost()
  const {
    passwd = 'alice:x:1000:1000::/home/alice:/bin/bash',
    shadow = 'alice:*:20785:0:99999:7:::',
    groups = 'alice users',
    sshd = [],
  } = person
  host.prints('getent passwd -- alice', passwd)
  host.prints('getent shadow -- alice', shadow)
  host.prints('id -Gn -- alice', groups)
  const names = sshd.map(line => `${line.split(' ')[0]} `)
  const lines = (host.programs.get('sshd -T')?.stdout ?? '').split('\n')
  const others = lines.filter(line => !names.some(name => line.startsWith(name)))
  host.prints(ASKED, [...others, ...sshd].join('\n'))
  make(host)
  const { steps, lines: said } = await explainLogin(host.context(), CLIENT)
  const refusals = steps.filter(({ mend }) => mend !== undefined)
  return { refusals, first: refusals[0], steps, said }
}

describe('A login that is explained', () => {
  it('is refused by nothing but the engine, which is away here', async () => {
    const { refusals, steps } = await explained({})
    expect(refusals.map(({ name }) => name)).to.deep.equal(['engine'])
    const pam = steps.filter(({ name }) => name === 'pam').map(({ says }) => says)
    expect(pam.slice(0, 3)).to.deep.equal([
      '/etc/pam.d/sshd line 3: auth requisite pam_nologin.so',
      '/etc/pam.d/sshd line 4: auth requisite pam_exec.so quiet stdout expose_authtok /usr/local/sbin/postern-helper -tell-user',
      '/etc/pam.d/sshd line 5: auth required pam_env.so',
    ])
  })

  for (const [what, person, name, says] of [
    ['an unknown user', { passwd: '' }, 'user', /no user alice/],
    ['DenyUsers', { sshd: ['denyusers bob', 'denyusers al*'] }, 'user', /DenyUsers/],
    [
      'AllowUsers',
      { sshd: ['allowusers bob', 'allowusers alice@192.168.*'] },
      'user',
      /AllowUsers/,
    ],
    ['DenyGroups', { sshd: ['denygroups users'] }, 'user', /DenyGroups/],
    ['AllowGroups', { sshd: ['allowgroups wheel'] }, 'user', /AllowGroups/],
    [
      'a Match block',
      { sshd: ['kbdinteractiveauthentication no'] },
      'keyboard-interactive',
      /is no/,
    ],
    ['only keys', { sshd: ['authenticationmethods publickey'] }, 'methods', /publickey/],
    ['UsePAM no', { sshd: ['usepam no'] }, 'use-pam', /does not ask PAM/],
  ] as const)
    it(`is refused first by ${what}`, async () => {
      const { first } = await explained(person)
      expect(first?.name).to.equal(name)
      expect(first?.says).to.match(says)
    })

  for (const [what, shadow, says] of [
    ['that has expired', `alice:*:20785:0:99999:7::${TODAY - 1}:`, /account alice has expired/],
    ['with a new password to set', 'alice:*:0:0:99999:7:::', /must set a new password/],
    [
      'whose password has expired',
      `alice:*:${TODAY - 40}:0:30:7:::`,
      /expired on .*asks for a new/,
    ],
    [
      'whose password has expired long ago',
      `alice:*:${TODAY - 400}:0:30:7:9::`,
      /9 days later the account/,
    ],
  ] as const)
    it(`is refused by an account ${what}`, async () => {
      const { refusals } = await explained({ shadow })
      const account = refusals.find(({ name }) => name === 'account')
      expect(account?.says).to.match(says)
    })

  for (const [what, shadow] of [
    ['is locked', 'alice:!*:20785:0:99999:7:::'],
    ['never expires', 'alice:*:20785:0:99999:7:::'],
    ['expires tomorrow', `alice:*:20785:0:99999:7::${TODAY + 1}:`],
    ['has an empty date', 'alice:*::::::: '],
  ] as const)
    it(`is not refused by an account that ${what}`, async () => {
      const { refusals } = await explained({ shadow })
      expect(refusals.map(({ name }) => name)).to.deep.equal(['engine'])
    })

  it('is refused by a shell that ends at once, /etc/nologin and allowed_users', async () => {
    const { refusals } = await explained(
      { passwd: 'alice:x:1000:1000::/home/alice:/usr/sbin/nologin' },
      host => {
        host.write('/etc/nologin', '')
        host.edit('/etc/postern/helper.toml', text => `${text}allowed_users = "bob"\n`)
      },
    )
    expect(refusals.map(({ name }) => name)).to.deep.equal(['helper', 'engine', 'nologin', 'shell'])
  })

  it('shows what Match blocks change', async () => {
    const { steps } = await explained({ sshd: ['maxauthtries 2'] })
    expect(steps[0]?.says).to.match(/set: maxauthtries 2$/)
  })
})
