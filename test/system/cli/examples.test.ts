import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { COMMAND_NAMES } from '../../../engine/cli/commands.ts'
import { cases } from '../../support/cases.ts'
import { type CommandLine, commandLine, type Ended } from './command-line.ts'
import { EXAMPLE_ROWS, type ExampleRow } from './example-rows.ts'
import { examplesOf, tokenOf } from './examples.ts'
import { ELSEWHERE, NOT_AS_WRITTEN } from './examples-elsewhere.ts'
import { Golden } from './golden.ts'

const ROLE = 'write ssh/roles/web key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8 ttl=5m'

const TEST = join(import.meta.dirname, '../..')

describe('The examples in the help of', () => {
  const golden = new Golden(join(import.meta.dirname, 'examples.golden'))
  let line: CommandLine
  beforeEach(async () => {
    line = await commandLine()
    await line.must('secrets enable ssh')
    await line.must(ROLE)
  })
  afterEach(() => line[Symbol.asyncDispose]())
  after(function () {
    golden.end(this.test?.parent?.tests.every(({ state }) => state === 'passed') ?? false)
  })

  for (const [name, row] of cases(Object.entries(EXAMPLE_ROWS))) {
    it(`${name} run with a token that may do nothing else, and print what they printed before`, async () => {
      for (const { example, ended } of await runAll(name, row, rulesOf(row))) {
        if (!row.isNotCompared) golden.expect(example, ended.out + ended.err, line.folder)
        expect(ended.code, `${example}\n${ended.out}${ended.err}`).to.equal(endOf(example, row))
      }
    })

    if (row.rules)
      it(`${name} do not all run with a token without that policy`, async () => {
        const ran = await runAll(name, row, NO_RULES)
        const refused = ran.filter(({ example, ended }) => ended.code !== endOf(example, row))
        expect(refused).to.not.deep.equal([])
      })
  }

  /** Runs the examples of a command, each with a token of its own. */
  async function runAll(name: string, row: ExampleRow, rules: string): Promise<readonly Ran[]> {
    for (const words of row.before ?? []) await line.must(words.replace('$folder', line.folder))
    const replace = Object.entries((await row.replace?.(line)) ?? {})
    const ran: Ran[] = []
    for (const example of exampleLines(name, row)) {
      const typed = replace.reduce((text, [from, to]) => text.replaceAll(from, to), example)
      const environment = { POSTERN_TOKEN: await tokenOf(line, 'least', rules) }
      const input = row.input !== undefined && { input: row.input }
      ran.push({ example, ended: await line.run(wordsOf(typed), { environment, ...input }) })
    }
    expect(ran, `examples of ${name}`).to.not.deep.equal([])
    return ran
  }

  it('the other commands run in the test that is named for them', () => {
    for (const [name, file] of Object.entries(ELSEWHERE)) {
      const text = readFileSync(join(TEST, file), 'utf8')
      expect(text, `${file}: ${name}`).to.match(/runExamples|examples of its help/)
      expect(text.includes(name) || text.includes(name.split(' ')[1] ?? name), name).to.equal(true)
    }
    const known = [ELSEWHERE, EXAMPLE_ROWS, NOT_AS_WRITTEN].flatMap(rows => Object.keys(rows))
    expect(known.toSorted()).to.deep.equal(COMMAND_NAMES.toSorted())
  })
})

interface Ran {
  readonly example: string
  readonly ended: Ended
}

/** The exit code that an example should have. */
const endOf = (example: string, { ends = {} }: ExampleRow): number =>
  Object.entries(ends).find(([part]) => example.includes(part))?.[1] ?? 0

const NO_RULES = 'path "none" {\n  capabilities = ["deny"]\n}\n'

function rulesOf({ rules = {} }: ExampleRow): string {
  const stanzas = Object.entries(rules).map(
    ([path, capabilities]) =>
      `path "${path}" {\n  capabilities = ${JSON.stringify(capabilities.split(' '))}\n}\n`,
  )
  return stanzas.join('') || NO_RULES
}

/** The examples, and as JSON the first. */
function exampleLines(name: string, { json }: ExampleRow): readonly string[] {
  const examples = examplesOf(name)
  const [first = ''] = examples
  return json ? [...examples, first.replace(name, `${name} -format=json`)] : examples
}

/** As a shell divides them; what is redirected is left out. */
const wordsOf = (text: string): readonly string[] =>
  [...text.replace(/ [<>] \S+/g, '').matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) =>
    word.replace(/["']/g, ''),
  )
