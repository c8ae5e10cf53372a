import { expect } from 'chai'
import { parseArguments, readFlags } from '../../../engine/cli/arguments.ts'
import { allCommands, COMMAND_NAMES, findCommand } from '../../../engine/cli/commands.ts'
import { HELP } from '../../../engine/cli/flags.ts'
import { cases } from '../../support/cases.ts'

const COMMANDS = await allCommands()

/** Each command in the examples of a help, in its words. */
const examplesIn = (text: string) =>
  [...text.matchAll(/^ {4,}\$ (.+)$/gm)].flatMap(([, line = '']) =>
    line
      .replace(/ [<>] \S+/g, '')
      .split(/\s*(?:\||&&|;)\s*/)
      .filter(part => part.startsWith('postern '))
      .map(part => [...part.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word))
      .map(words => words.map(word => word.replace(/["']/g, '')).slice(1)),
  )

const EXAMPLES = COMMANDS.flatMap(({ text }) => examplesIn(text))

describe('The examples in the help of commands', () => {
  it('are found', () => expect(EXAMPLES.length).to.be.greaterThan(COMMANDS.length - 5))

  for (const words of cases(EXAMPLES))
    it(`can be typed: ${words.join(' ')}`, () => {
      const command =
        COMMANDS.find(({ name }) => name === words.slice(0, 2).join(' ')) ??
        COMMANDS.find(({ name }) => name === words[0])
      if (!command) throw new Error('there is no such command')
      const flags = Object.assign({}, HELP, ...Object.values(command.groups))
      const { aliases = {}, endsAtArgument = false, foreign } = command
      const grammar = {
        name: command.name,
        flags,
        aliases,
        endsAtArgument,
        ...(foreign && { foreign }),
      }
      const parsed = parseArguments(words.slice(command.name.split(' ').length), grammar)
      readFlags(flags, parsed)
      expect(parsed.args.length).to.be.within(...command.arguments)
    })
})

describe('Commands', () => {
  it('have the names under which they are listed', () => {
    expect(COMMANDS.map(({ name }) => name)).to.deep.equal(COMMAND_NAMES)
    expect(COMMANDS.length).to.be.above(50)
  })

  it('are none that every object has', async () => {
    expect(await findCommand('toString')).to.equal(undefined)
  })
})
