import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect } from 'chai'
import { cases } from '../support/cases.ts'
import { blocksOfPage } from '../support/docs/page.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Pages with blocks that no test in test/system/docs takes, and why. */
const NOT_FOLLOWED: Readonly<Record<string, string>> = {
  'CONTRIBUTING.md': 'has only scripts of package.json, which are looked up here',
  'docs/automation.md':
    'sets hosts up by Ansible and cloud-init, which test/system/long/{ansible,cloud-init}.test.ts do',
  'docs/confinement.md':
    'loads policies into a kernel that enforces them, which test/system/long/{selinux,apparmor}.test.ts do in a machine of their own',
  'docs/architecture.md': 'draws the parts of the source; test/unit/map.test.ts checks the names',
  'docs/contributing/mutation-tests.md':
    'runs a script of package.json that takes minutes, and shows what it prints',
  'docs/decisions/0035-what-a-refused-user-sees.md':
    'quotes docs/hosts.md, where the line is tested',
  'docs/other-systems.md':
    'installs a script on macOS and Windows; test/system/cli/portable.test.ts runs that script',
  'docs/packages.md':
    'installs and removes packages, which test/system/long/helper-package.test.ts does; sign.test.ts verifies a signature in the same way',
  'docs/proof.md':
    'runs a script of package.json that takes as long as one likes, which test/system/long/chaos.test.ts does',
  'docs/scale.md':
    'runs scripts of package.json, one of which takes minutes; test/unit/test/simulate reads the flags of the other',
  'docs/speed.md': 'runs a script of package.json that takes minutes',
  'docs/ssh-config.md':
    'logs in from a machine of a user, which test/system/hosts/ssh-config.test.ts does',
  'docs/protocol.md': 'shows the form of a reply, which test/contract tests',
  'docs/reference/commands.md': 'is generated from the help texts',
}

const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: ROOT, encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter(page => !page.startsWith('.'))

const withBlocks = pages.filter(page => blocksOfPage(page).length > 0)

const testOf = (page: string) =>
  join(ROOT, 'test/system/docs', `${basename(page, '.md').toLowerCase()}.test.ts`)

const textOf = (file: string) => readFileSync(join(ROOT, file), 'utf8')

const SCRIPTS = Object.keys(JSON.parse(textOf('package.json')).scripts)

describe('The commands in the pages', () => {
  for (const page of cases(withBlocks.filter(each => !(each in NOT_FOLLOWED))))
    it(`are run from ${page}`, () => {
      const file = testOf(page)
      expect(existsSync(file), `${page} has commands: they need ${file}`).to.equal(true)
      const constant = new RegExp(`(?:followPage|usePage)\\(\\s*(?:'${page}'|PAGE),`)
      const text = readFileSync(file, 'utf8')
      expect(text).to.match(constant).and.to.contain(`'${page}'`)
    })

  it('are left out only where there are some', () => {
    expect(Object.keys(NOT_FOLLOWED).filter(page => !withBlocks.includes(page))).to.deep.equal([])
  })

  it('are scripts of package.json in CONTRIBUTING.md', () => {
    const lines = blocksOfPage('CONTRIBUTING.md').flatMap(({ text }) => text.trim().split('\n'))
    expect(lines).to.have.length.greaterThan(3)
    expect(lines.filter(line => !/^npm (?:test|run \S+) +#/.test(line))).to.deep.equal([])
  })

  it('name scripts that package.json has', () => {
    const named = pages
      .filter(page => page !== 'CHANGELOG.md')
      .flatMap(page => [
        ...textOf(page).matchAll(/\bnpm (?:run )?(test(?::\w+)?|(?<=run )[\w:]+)/g),
      ])
      .map(([, name = '']) => name)
    expect(named).to.include.members(['test', 'test:long', 'build', 'bench', 'demo', 'check'])
    expect(named.filter(name => !SCRIPTS.includes(name))).to.deep.equal([])
  })

  it('set the version where RELEASING.md does', () => {
    const [, command = ''] = /`(npm version [^`]*)`/.exec(textOf('RELEASING.md')) ?? []
    const folder = mkdtempSync(join(tmpdir(), 'postern-release-'))
    try {
      const files = ['package.json', 'package-lock.json']
      for (const file of files) writeFileSync(join(folder, file), textOf(file))
      const [program = '', ...words] = command.replace('X.Y.Z', '98.76.54').split(' ')
      execFileSync(program, words, { cwd: folder, stdio: 'pipe' })
      for (const file of files)
        expect(JSON.parse(readFileSync(join(folder, file), 'utf8')).version).to.equal('98.76.54')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
