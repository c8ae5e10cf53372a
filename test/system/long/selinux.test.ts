import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { Machine } from '../../support/machine.ts'

const MODULE = join(import.meta.dirname, '../../../packaging/selinux')

/** What `sesearch` must find nothing of. */
const NOTHING: Readonly<Record<string, string>> = {
  'write configuration': '-A -s postern_helper_t -t etc_t -c file -p write',
  'write its own configuration': '-A -s postern_helper_t -t postern_helper_conf_t -c file -p write',
  'write over its log': '-A -s postern_helper_t -t postern_helper_log_t -c file -p write',
  'delete its log': '-A -s postern_helper_t -t postern_helper_log_t -c file -p unlink',
  'read the hashes of passwords': '-A -s postern_helper_t -t shadow_t -c file',
  'read the keys of sshd': '-A -s postern_helper_t -t sshd_key_t -c file',
  'read what users have': '-A -s postern_helper_t -t user_home_t -c file -p read',
  'listen on a port': '-A -s postern_helper_t -c tcp_socket -p listen',
  'use a capability': '-A -s postern_helper_t -c capability',
  'trace a process': '-A -s postern_helper_t -c process -p ptrace',
  'become another domain': '-T -s postern_helper_t -c process',
  'be entered by a user': '-A -s user_t -t postern_helper_t -c process -p transition',
  'let sshd read its configuration': '-A -s sshd_t -t postern_helper_conf_t -c file',
  'let sshd read its state': '-A -s sshd_t -t postern_helper_var_lib_t -c file',
  'let sshd make memory executable': '-A -s sshd_t -t sshd_t -c process -p execmem',
}

describe('The SELinux module postern_helper', function () {
  this.timeout(30 * 60_000)

  let machine: Machine
  /** Rules about sshd that are there without the module. */
  let without: string

  const rules = (words: string) =>
    machine.prepare(`sesearch ${words} /etc/selinux/default/policy/policy.*`).trim()

  const OF_SSHD = '-A -s sshd_t -ds'

  before(() => {
    machine = new Machine()
    without = rules(OF_SSHD)
    cpSync(MODULE, join(machine.root, 'root/module'), { recursive: true })
    const build = 'make -f /usr/share/selinux/devel/Makefile postern_helper.pp'
    machine.prepare(`cd /root/module; ${build}; semodule -n -i postern_helper.pp`)
  })
  after(() => machine[Symbol.dispose]())

  for (const [what, words] of Object.entries(NOTHING))
    it(`does not let the helper ${what}`, () => {
      // a permission behind a boolean that is off would be printed, too
      expect(rules(words)).to.equal('')
    })

  it('gives sshd nothing but the transition', () => {
    const known = new Set(without.split('\n'))
    expect(
      rules(OF_SSHD)
        .split('\n')
        .filter(rule => !known.has(rule)),
    ).to.deep.equal([
      'allow sshd_t postern_helper_exec_t:file { execute getattr ioctl map open read };',
      'allow sshd_t postern_helper_t:process transition;',
    ])
  })

  it('lets the helper connect to the port of the engine, and by a boolean to others', () => {
    const ports = rules('-A -s postern_helper_t -ds -c tcp_socket -p name_connect').split('\n')
    const always = ports.filter(rule => !rule.includes('postern_helper_connect_any_port'))
    expect(always.map(rule => rule.split(/[ :]/)[2]).sort()).to.deep.equal([
      'dns_port_t',
      'postern_port_t',
      'trivnet1_port_t',
    ])
  })

  it('lets a machine in enforcing mode log in, and no more', async () => {
    const results = await machine.trial('selinux')
    for (const name of ['wrong password', 'no execmem', 'other port', 'without the domain'])
      expect(results.get(name), name).to.match(/^refused/)
    expect(Object.fromEntries(results)).to.deep.include({
      mode: 'Enforcing',
      program: 'system_u:object_r:postern_helper_exec_t:s0',
      'right password': 'in as alice',
      log: 'system_u:object_r:postern_helper_log_t:s0',
      denials: '0',
      'no execmem, jitless': 'in as alice',
      syslog: '1',
      'other port, allowed': 'in as alice',
    })
  })
})
