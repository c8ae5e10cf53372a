import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { followPage, type Step } from '../../support/docs/page.ts'
import type { Walk } from '../../support/docs/walk.ts'

const keysOnHost = ({ host }: Walk) => host.read('/home/ubuntu/.ssh/authorized_keys')

const STEPS: readonly Step[] = [
  { block: 'postern secrets enable ssh', on: 'engine' },
  {
    block: 'useradd --create-home',
    on: 'host',
    first: walk => {
      const key = readFileSync(join(walk.desk, 'admin.pub'), 'utf8')
      return walk.must('host', 'cat > admin.pub', key)
    },
  },
  {
    block: 'ssh-keyscan -t ed25519 10.1.2.3',
    on: 'engine',
    after: async walk => {
      const key = await walk.host.read('/etc/ssh/ssh_host_ed25519_key.pub')
      const known = readFileSync(join(walk.desk, 'known_hosts'), 'utf8')
      expect(known).to.contain(key.split(' ').slice(0, 2).join(' '))
    },
  },
  {
    block: 'postern ssh -mode=dynamic',
    on: 'engine',
    // as whoever has compared it
    first: walk => walk.must('engine', 'cp known_hosts .ssh/known_hosts'),
    after: async walk => expect(await keysOnHost(walk)).to.not.contain('postern:'),
  },
  {
    block: 'postern write -field=key ssh/creds/deploy',
    on: 'engine',
    after: async walk => expect(await keysOnHost(walk)).to.contain('postern:'),
  },
  {
    block: 'postern read sys/leases type=failing',
    on: 'engine',
    after: async walk => expect(await keysOnHost(walk)).to.not.contain('postern:'),
  },
  { block: 'postern write ssh/dynamic/sweep', on: 'engine', prints: /^strays +\[\]$/m },
]

describe('Dynamic keys', () => {
  followPage('docs/dynamic-keys.md', STEPS)
})
