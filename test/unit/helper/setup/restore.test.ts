import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import {
  digestOf,
  type FileState,
  fileWith,
  stateOf,
  writeState,
} from '../../../../helper/setup/file-state.ts'
import type { Change, Phase } from '../../../../helper/setup/journal.ts'
import { ownStack } from '../../../../helper/setup/pam-lines.ts'
import {
  changeTo,
  diffOf,
  restorationOf,
  restorations,
  restore,
} from '../../../../helper/setup/restore.ts'
import { sshdSettings } from '../../../../helper/setup/sshd-lines.ts'

const own = (text: string): FileState => ({
  ...fileWith(text),
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
})

const SETTINGS = sshdSettings({ namesService: true, limitsSources: true })

describe('Restoring a file', () => {
  const change = (more: Partial<Change> = {}): Change => ({
    ...{ file: '/etc/ssh/sshd_config.d/10-postern.conf', phase: 'sshd' },
    ...{ original: undefined, previous: own('previous\n'), after: digestOf(own(SETTINGS)) },
    ...more,
  })

  it('shows no private key in its diff', () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
    const shown = diffOf({
      change: { file: '/etc/postern/host-key' },
      current: own(key),
      next: undefined,
    })
    expect(shown).to.contain('-(not shown)\n')
    expect(shown).to.not.contain(key.split('\n')[1])
  })

  it('that is as it was left gives back what was there, or removes it', () => {
    const ours = own(SETTINGS)
    expect(restorationOf(change(), 'original', ours)).to.include({
      next: undefined,
      note: undefined,
    })
    expect(restorationOf(change(), 'previous', ours).next?.content.toString()).to.equal(
      'previous\n',
    )
  })

  it('that is restored already, or was removed by somebody else, does nothing', () => {
    for (const current of [undefined, own('previous\n')])
      expect(restorationOf(change(), 'previous', current)).to.deep.include({
        current,
        next: current,
        note: undefined,
      })
  })

  for (const [what, more, current, next] of [
    ['settings of sshd', {}, `${SETTINGS}Port 2222\n`, 'Port 2222\n'],
    [
      'our own stack',
      { file: '/etc/pam.d/postern-sshd', phase: 'stack' },
      `${ownStack('/h')}auth optional pam_echo.so\n`,
      undefined,
    ],
    [
      'settings of the helper',
      { file: '/etc/postern/helper.toml', phase: 'settings' },
      'changed = 1\n',
      'changed = 1\n',
    ],
  ] as const)
    it(`that was changed since takes only our lines out, and says so: ${what}`, () => {
      const found = restorationOf(change(more as Partial<Change>), 'original', own(current))
      expect(found.next?.content.toString().trim()).to.equal(next?.trim())
      expect(found.note).to.match(/was changed since/)
    })

  describe('on the disk', () => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-restore-'))
    after(() => rmSync(folder, { recursive: true }))
    const at = (name: string) => join(folder, name)

    const written = (name: string, phase: Phase, before: string | undefined, after: string) => {
      if (before !== undefined) writeFileSync(at(name), before, { mode: 0o640 })
      const made = changeTo(
        { file: at(name), phase },
        { ...(stateOf(at(name)) ?? own('')), content: Buffer.from(after) },
        undefined,
      )
      writeState(at(name), made.next)
      return made
    }

    it('tells sshd before the stack that it used is removed, and leaves no draft', async () => {
      const stack = written('stack', 'stack', undefined, 'ours\n')
      const sshd = written('sshd', 'sshd', 'before\n', 'ours\n')
      const steps = restorations([stack, sshd], { to: 'original' })
      expect(steps.map(step => step.change.phase)).to.deep.equal(['sshd', 'stack'])
      const seen: unknown[] = []
      await restore(steps, {
        check: () => seen.push('check'),
        reload: async () =>
          seen.push(readFileSync(at('sshd'), 'utf8'), readFileSync(at('stack'), 'utf8')),
      })
      expect(seen).to.deep.equal(['check', 'before\n', 'ours\n'])
      expect(readdirSync(folder)).to.deep.equal(['sshd'])
      expect(stateOf(at('sshd'))).to.include({ mode: 0o640 })
    })

    it('leaves the stack while sshd cannot be told', async () => {
      const stack = written('stack', 'stack', undefined, 'ours\n')
      const steps = restorations([stack], { to: 'original' })
      const refuse = () => {
        throw new Error('sshd_config line 1')
      }
      const failed = await restore(steps, { check: refuse, reload: async () => 0 }).catch(
        error => error.message,
      )
      expect(failed).to.equal('sshd_config line 1')
      expect(readFileSync(at('stack'), 'utf8')).to.equal('ours\n')
    })

    it('leaves of a file that was changed between two set-ups only what others have added', () => {
      const name = '10-postern.conf'
      const first = written(name, 'sshd', undefined, SETTINGS)
      writeFileSync(at(name), `${SETTINGS}PasswordAuthentication yes\nPort 2222\n`)
      const second = changeTo({ file: at(name), phase: 'sshd' }, own(SETTINGS), first)
      expect(second.original?.content.toString()).to.equal('Port 2222\n')
    })

    it('puts the settings of sshd back if sshd cannot be told to forget the stack', async () => {
      const steps = restorations(
        [
          written('stack2', 'stack', undefined, 'ours\n'),
          written('sshd2', 'sshd', 'before\n', 'ours\n'),
        ],
        { to: 'original' },
      )
      const refuse = () => {
        throw new Error(readFileSync(at('sshd2'), 'utf8'))
      }
      const failed = await restore(steps, { check: refuse, reload: async () => 0 }).catch(
        error => error.message,
      )
      expect(failed).to.equal('before\n')
      expect(readFileSync(at('sshd2'), 'utf8')).to.equal('ours\n')
    })

    it('keeps what was there before the first set-up when it is set up again', () => {
      const first = written('again', 'settings', 'mine\n', 'ours\n')
      const second = changeTo({ file: at('again'), phase: 'settings' }, own('newer\n'), first)
      expect(second.original?.content.toString()).to.equal('mine\n')
      expect(second.previous?.content.toString()).to.equal('ours\n')
    })
  })
})
