import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { cases } from '../../support/cases.ts'
import { certificateAuthority } from '../../support/certificates.ts'
import type { Ended, Host } from '../../support/lab.ts'
import { RELEASES } from '../../support/releases.ts'
import { Site } from '../../support/site.ts'
import { fakeTimeLibrary } from '../../support/stepped-clock.ts'
import { BREAKS, type Break, ENROLLED, enroll } from './doctor-breaks.ts'

/** Commands of the doctor that are run before a host must be as it should be. */
const MOST_MENDS = 4

/** Folders of which each test gets what was there at first. */
const KEEP = 'cp -a /etc/postern /etc/ssh /etc/pam.d /run/pristine'

const RESTORE = `for folder in postern ssh pam.d; do rm -rf /etc/$folder; cp -a /run/pristine/$folder /etc/; done
rm -f /etc/nologin /var/log/postern-helper.log; systemctl reload ssh`

interface Found {
  readonly name: string
  readonly status: string
  readonly cause?: string
  readonly mend?: string
}

for (const release of RELEASES)
  describe(`The doctor on ${release}`, function () {
    this.timeout(120_000)

    let site: Site
    let host: Host

    before(async () => {
      site = await Site.start({ lasting: true })
      await site.must('secrets', 'enable', 'ssh')
      const role = ['key_type=otp', 'default_user=alice', 'cidr_list=10.77.0.0/24']
      await site.must('write', 'ssh/roles/ops', ...role)
      await site.must('write', '-force', 'ssh/config/ca')
      certificateAuthority(join(site.folder, 'other'))
      copyFileSync(
        join(import.meta.dirname, '../../support/docs/systemctl'),
        join(site.folder, 'systemctl'),
      )
      copyFileSync(fakeTimeLibrary(), join(site.folder, 'libfaketime.so.1'))
      host = await site.host({
        name: 'web',
        number: 11,
        release,
        setup: `install -m 755 /setup/systemctl /usr/local/bin/systemctl
          # of its own, so that modes can be changed, and another one for the doctor
          rm /usr/local/sbin/postern-helper
          install -m 755 /setup/postern-helper /usr/local/sbin/postern-helper
          install -m 755 /setup/postern-helper /usr/local/bin/postern-helper
          cp -p /etc/postern/helper.toml /run/helper.toml
          mkdir /run/pristine
          ${KEEP}`,
      })
    })
    after(() => site?.[Symbol.asyncDispose]())

    const doctor = async (env = ''): Promise<{ ended: Ended; found: readonly Found[] }> => {
      const command = `${env} /usr/local/bin/postern-helper doctor -format=json`
      const ended = await host.run(['bash', '-c', command])
      return { ended, found: JSON.parse(ended.stdout || '{"checks":[]}').checks }
    }
    const bash = async (command: string) => {
      const { code, stdout, stderr } = await host.run(['bash', '-c', command])
      expect(code, `${command}\n${stdout}${stderr}`).to.equal(0)
    }
    /** What comes first: failures before warnings. */
    const firstOf = (found: readonly Found[]) =>
      found.find(({ status }) => status === 'failure') ??
      found.find(({ status }) => status === 'warning')

    let isPristine = true
    const tried = async (broken: Break) => {
      if (!isPristine) await bash(RESTORE)
      isPristine = false
      await follow(broken)
    }
    const follow = async (broken: Break) => {
      const { make, act, first, level = 'failure', mend, undo, undoAct, env } = broken
      if (make !== undefined) await bash(make)
      await act?.(site, host)
      const { ended, found } = await doctor(env)
      const is = firstOf(found)
      expect(`${is?.name}/${is?.cause}`, ended.stdout + ended.stderr).to.equal(first)
      expect([is?.status, ended.code]).to.deep.equal([level, level === 'failure' ? 2 : 1])
      expect(is?.mend).to.match(mend)
      if (undo !== undefined) await bash(undo)
      await undoAct?.(site, host)
      for (let left = MOST_MENDS; ; left--) {
        const now = await doctor()
        const next = firstOf(now.found)
        if (!next) return
        if (left === 0 || undo !== undefined || undoAct !== undefined)
          expect.fail(`not mended: ${JSON.stringify(next)}`)
        await bash(next.mend ?? '')
      }
    }

    it('finds nothing on a host that is as it should be', async () => {
      const { ended, found } = await doctor()
      expect([ended.code, firstOf(found)], ended.stdout + ended.stderr).to.deep.equal([
        0,
        undefined,
      ])
    })

    for (const broken of cases(BREAKS.filter(({ on = RELEASES }) => on.includes(release))))
      it(`names ${broken.first} first, and mends it: ${broken.what}`, () => tried(broken))

    it('finds nothing on a host that is enrolled', async () => {
      await bash(RESTORE)
      await enroll(site, host)
      await bash(KEEP)
      const { ended, found } = await doctor()
      expect([ended.code, firstOf(found)], ended.stdout + ended.stderr).to.deep.equal([
        0,
        undefined,
      ])
    })

    for (const broken of cases(ENROLLED))
      it(`names ${broken.first} first: ${broken.what}`, () => tried(broken))
  })
