import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'

const ROOT = join(import.meta.dirname, '../../../..')

const textsIn = (folder: string, ending: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith(ending))
    .map(file => readFileSync(join(ROOT, folder, file), 'utf8'))

describe('Metrics that the documentation says to monitor', () => {
  it('are those that the engine has', () => {
    const pages = textsIn('docs', '.md').join('\n')
    const named = new Set(
      [...pages.matchAll(/(?<=[`(])postern_[a-z_]+(?=[`{) ])/g)].map(([name]) => name),
    )
    expect(named.size).to.be.greaterThan(6)
    const code = textsIn('engine', '.ts').join('\n')
    // SELinux and Ansible have names of the same form
    const others = [
      ...textsIn('packaging/selinux', '.te'),
      ...textsIn('packaging/ansible', '.yml'),
    ].join('\n')
    const unknown = [...named].filter(
      name => !code.includes(`'${name}'`) && !new RegExp(`\\b${name}\\b`).test(others),
    )
    expect(unknown).to.deep.equal([])
  })
})
