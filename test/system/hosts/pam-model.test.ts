import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { followStack } from '../../../helper/commands/follow-stack.ts'
import { authLines, BrokenStack, type Code, type Line } from '../../../helper/commands/pam-stack.ts'
import { type Host, Lab } from '../../support/lab.ts'
import { HELPER, random, randomStack } from '../../support/random-stack.ts'
import { RELEASES, rootOf } from '../../support/releases.ts'

const STACKS = 300
const SEED = 20_261_128

/** What the modules of random stacks say to root. */
const SAYS: Readonly<Record<string, (words: readonly string[], helper: boolean) => Code>> = {
  'pam_permit.so': () => 'success',
  'pam_deny.so': () => 'auth_err',
  'pam_env.so': () => 'ignore',
  'pam_warn.so': () => 'ignore',
  'pam_debug.so': ([word = '']) => word.replace('auth=', ''),
  'pam_succeed_if.so': words => (words.at(-1) === '0' ? 'success' : 'auth_err'),
  'pam_exec.so': (words, helper) => {
    if (words.includes('type=account')) return 'ignore'
    const program = words.at(-1)
    return program === '/bin/true' || (program === HELPER && helper) ? 'success' : 'system_err'
  },
}

const answer = ({ kind, module, words }: Line, helper: boolean): Code =>
  kind === 'faulty' ? 'perm_denied' : (SAYS[module]?.(words, helper) ?? 'module_unknown')

function stacks(): ReadonlyMap<string, string> {
  const limit = random(SEED)
  const services = Array.from({ length: STACKS }, (_, index) => `random${index}`)
  return new Map([
    ['other', 'auth required pam_deny.so\naccount required pam_permit.so\n'],
    ...services.flatMap(name => [
      [name, randomStack(limit, [`${name}-a`, `${name}-b`])] as const,
      [`${name}-a`, randomStack(limit, [`${name}-b`])] as const,
      [`${name}-b`, randomStack(limit, [])] as const,
    ]),
  ])
}

for (const release of RELEASES)
  describe(`The model of libpam, beside that of ${release}`, function () {
    this.timeout(120_000)

    const files = stacks()
    const folder = mkdtempSync(join(tmpdir(), 'postern-pam-'))
    let lab: Lab
    let host: Host

    before(async () => {
      mkdirSync(join(folder, 'pam.d'))
      for (const [name, text] of files) writeFileSync(join(folder, 'pam.d', name), text)
      lab = await Lab.start()
      const place = { name: 'pam', ip4: '10.77.0.11', ip6: 'fd77::11', folder }
      host = await lab.host({
        ...place,
        root: rootOf(release),
        setup: 'cp /setup/pam.d/* /etc/pam.d/',
      })
    })
    after(async () => {
      await lab[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    })

    /** Whether libpam lets root in by each stack. */
    const real = async (helper: boolean) => {
      const { stdout } = await host.run([
        'sh',
        '-c',
        `ln -sf /bin/${helper} ${HELPER}
        for i in $(seq 0 ${STACKS - 1}); do
          pamtester random$i root authenticate >/dev/null 2>&1 </dev/null && echo yes || echo no
        done`,
      ])
      return stdout.trim().split('\n')
    }

    const read = (service: string) => {
      const text = files.get(service)
      return text === undefined ? undefined : { file: service, text }
    }

    const ours = (service: string, helper: boolean): string => {
      try {
        const own = authLines(service, read)
        const endings = followStack(own.length > 0 ? own : authLines('other', read), {
          start: '',
          answers: line => [answer(line, helper)],
          passed: trace => trace,
        })
        return endings.some(({ open }) => open) ? 'yes' : 'no'
      } catch (error) {
        if (error instanceof BrokenStack) return 'no'
        throw error
      }
    }

    for (const helper of [true, false])
      it(`lets in by the same stacks when the helper says ${helper ? 'yes' : 'no'}`, async () => {
        const theirs = await real(helper)
        const differ = theirs.flatMap((said, index) => {
          const name = `random${index}`
          return said === ours(name, helper)
            ? []
            : [
                `libpam ${said}:`,
                ...['', '-a', '-b'].map(part => `${name}${part}\n${files.get(name + part)}`),
              ]
        })
        expect(differ.join('\n')).to.equal('')
        expect(theirs).to.have.length(STACKS)
        expect(theirs).to.include('yes').and.include('no')
      })
  })
