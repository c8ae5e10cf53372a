import { expect } from 'chai'
import { dispatch, HOST_COMMANDS } from '../../../../helper/commands/dispatch.ts'
import { readHostFlags } from '../../../../helper/commands/host-flags.ts'
import { Refusal } from '../../../../helper/refusal.ts'
import { cases } from '../../../support/cases.ts'

describe('The help of the helper’s commands', () => {
  const commands = Object.entries(HOST_COMMANDS)

  for (const [name, command] of cases(commands)) {
    it(`tells all of ${name}, however it is asked for`, async () => {
      const help = String(await dispatch(name, ['-help']))
      expect(help.startsWith(`Usage: postern-helper ${name} [flags]\n`)).to.equal(true)
      const named = [...help.matchAll(/^ {2}-([a-z-]+)/gm)].map(([, flag]) => flag)
      expect(named.toSorted()).to.deep.equal(
        [...Object.keys({ ...command.flags, ...command.switches }), 'config', 'dev', 'help'].sort(),
      )
      for (const words of [['-h'], ['--help'], ['-dev', '-help']])
        expect(await dispatch(name, words)).to.equal(help)
      expect(await dispatch('help', [name])).to.equal(help)
      expect(Math.max(...help.split('\n').map(line => line.length))).to.be.lessThan(150)
    })

    for (const example of cases(command.examples))
      it(`shows words that the command takes: ${example}`, () => {
        const [program, called, ...words] = example.split(' ')
        expect([program, called]).to.deep.equal(['postern-helper', name])
        expect(() => readHostFlags(name, command, words)).not.to.throw()
      })
  }

  it('has a command to tell of', () => {
    expect(commands.length).to.be.greaterThan(3)
  })

  it('tells of all of them without one', async () => {
    expect(await dispatch('help', [])).to.match(/^Usage: postern-helper \[flags\]\n/)
  })

  it('says what was meant by an unknown command', async () => {
    for (const [name, words] of [
      ['kr', []],
      ['help', ['kr']],
    ] as const) {
      const error = await dispatch(name, words).catch(error => error)
      expect(error).to.be.instanceOf(Refusal)
      expect(error.message).to.equal('unknown command "kr": did you mean krl?')
    }
  })
})

describe('The flags of a host command', () => {
  const known = { flags: { out: ['FILE', ''] }, switches: { all: '' } } as const

  it('are read with their values', () => {
    const words = readHostFlags('krl', known, ['-out', '/x', '--all', '-config=/y', '-dev'])
    expect([words.optional('out'), words.has('all'), words.config, words.dev]).to.deep.equal([
      '/x',
      true,
      '/y',
      true,
    ])
  })

  for (const [given, message] of [
    [['-nope=1'], 'unknown flag -nope'],
    [['file'], 'unknown argument "file"'],
    [['-out'], '-out needs a value'],
    [['-out', '-dev'], '-out needs a value'],
    [['-all=true'], '-all takes no value'],
  ] as const)
    it(`are refused: ${given.join(' ')}`, () => {
      expect(() => readHostFlags('krl', known, given)).to.throw(
        `postern-helper krl: ${message}; it has -config, -out, -dev, -all`,
      )
    })
})
