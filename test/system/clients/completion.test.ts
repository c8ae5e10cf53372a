import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'

const MAIN = join(import.meta.dirname, '../../../engine/main.ts')

describe('Completion', function () {
  this.timeout(60_000)
  let folder: string

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-completion-'))
    writeFileSync(
      join(folder, 'postern'),
      `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`,
      { mode: 0o755 },
    )
    for (const shell of ['bash', 'zsh', 'fish'])
      writeFileSync(join(folder, shell), run('postern', 'completion', shell))
  })
  after(() => rmSync(folder, { recursive: true }))

  const run = (program: string, ...words: string[]) =>
    execFileSync(program, words, {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, HOME: folder },
    })
  const words = (text: string) => text.split('\n').filter(line => line !== '')

  const inBash = (...typed: string[]) =>
    words(
      run(
        'bash',
        '-c',
        `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _postern 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`,
        'bash',
        join(folder, 'bash'),
        'postern',
        ...typed,
      ),
    )

  const inFish = (line: string) =>
    words(run('fish', '-c', `source ${join(folder, 'fish')}; complete -C "${line}"`)).map(
      each => each.split('\t')[0],
    )

  for (const [line, found] of [
    ['tok', ['token']],
    ['token re', ['renew', 'revoke']],
    ['token create -disp', ['-display-name=']],
    ['ssh -mode=', ['-mode=ca', '-mode=dynamic', '-mode=otp']],
    ['server -dev-ro', ['-dev-root-token-id=']],
    ['ssh -role=web host -', []],
  ] as const) {
    it(`offers in bash what may follow "${line}"`, () => {
      // where bash divides words, and what it then replaces
      const typed = line.split(' ').flatMap(word => word.split(/(=)/))
      const value = found.map(word => (line.includes('-mode=') ? word.split('=')[1] : word))
      expect(inBash(...typed.filter((word, at) => word !== '' || at === typed.length - 1)))
        .to.deep //
        .equal(value)
    })

    it(`offers in fish what may follow "${line}"`, () => {
      expect(inFish(`postern ${line}`).filter(word => !word?.includes('/'))).to.deep.equal(found)
    })
  }

  it('is taken by zsh', () => {
    const shown = run(
      'zsh',
      '-fc',
      `autoload -U compinit; compinit -u -d "$1/dump"
       _describe() { shift 2; print -rl -- \${(P)2} }
       _files() { print files }
       source "$1/zsh"
       words=(postern token re); CURRENT=3; _postern
       words=(postern server -de); CURRENT=3; _postern
       words=(postern ssh -role=web host -); CURRENT=5; _postern`,
      'zsh',
      folder,
    )
    expect(words(shown).map(line => line.split(':')[0])).to.include.members([
      'renew',
      'revoke',
      '-dev',
      '-dev-root-token-id=',
      'files',
    ])
  })

  it('names a shell that it does not know', () => {
    expect(() => run('postern', 'completion', 'tcsh')).to.throw('name one shell: bash, zsh, fish')
  })
})
