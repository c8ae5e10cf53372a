import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { cases } from '../cases.ts'
import type { Ended } from '../lab.ts'
import { RELEASES } from '../releases.ts'
import { blocksOf } from './blocks.ts'
import { type Place, Walk } from './walk.ts'

/** What is done with one block of a page. The steps of a page are its blocks, all of them, in their order. */
export interface Step {
  /** How the block begins. */
  readonly block: string
  /** Where it is typed in; `shown` is text to look at. */
  readonly on: Place | 'shown'
  /** What stands for something in the page, and what it is here. */
  readonly replace?: (walk: Walk) => Promise<readonly (readonly [string, string])[]>
  /** What is typed at its prompts. */
  readonly input?: string
  /** What it prints. */
  readonly prints?: RegExp
  /** What must hold when it has been run. */
  readonly after?: (walk: Walk, printed: string) => Promise<unknown>
  /** What must have been done before, by another page or by whoever reads this one. */
  readonly first?: (walk: Walk) => Promise<unknown>
}

/** Tests that a page of docs/ can be followed as it stands, on each release of Debian. */
export function followPage(name: string, steps: readonly Step[]): void {
  const blocks = blocksOf(readFileSync(join(import.meta.dirname, '../../../docs', name), 'utf8'))
  const beginsOf = (index: number) => blocks[index]?.text.slice(0, steps[index]?.block.length)

  it(`knows every block of docs/${name}`, () => {
    expect(blocks.map((_, index) => beginsOf(index))).to.deep.equal(steps.map(({ block }) => block))
  })

  for (const release of RELEASES)
    describe(`docs/${name} on ${release}`, function () {
      this.timeout(120_000)

      let walk: Walk
      let broken = ''
      before(async () => {
        walk = await Walk.start(release)
      })
      after(() => walk[Symbol.asyncDispose]())

      for (const [index, step] of cases(steps.entries())) {
        const [line = ''] = step.block.split('\n')
        it(`${blocks[index]?.under}: ${line}`, async () => {
          // each step goes on from the one before
          if (broken !== '') throw new Error(`not tried after the failure of: ${broken}`)
          broken = line
          await take(walk, step, blocks[index]?.text ?? '')
          broken = ''
        })
      }
    })
}

async function take(walk: Walk, step: Step, text: string): Promise<unknown> {
  await step.first?.(walk)
  if (step.on === 'shown') return step.after?.(walk, text)
  let block = text
  for (const [from, to] of (await step.replace?.(walk)) ?? []) {
    expect(block, 'what is replaced').to.contain(from)
    block = block.replaceAll(from, to)
  }
  const printed = await walk.must(step.on, block, step.input)
  if (step.prints) expect(step.prints.test(printed), printed).to.equal(true)
  return step.after?.(walk, printed)
}

/** That a command has ended as it should. @throws {Error} with all that it said */
export function expectCode({ code, stdout, stderr }: Ended, wanted: number): void {
  expect(code, stdout + stderr).to.equal(wanted)
}
