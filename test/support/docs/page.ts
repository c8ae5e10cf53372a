import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { cases } from '../cases.ts'
import type { Ended } from '../lab.ts'
import { RELEASES } from '../releases.ts'
import { type Block, blocksOf } from './blocks.ts'
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

/** What is done with one block of a page that has nothing to type in, such as configuration. */
interface Use<Place> {
  /** How the block begins. */
  readonly block: string
  readonly use: (place: Place, text: string) => Promise<unknown>
}

const ROOT = join(import.meta.dirname, '../../..')

/** The blocks of a page, by its path in the repository. */
export const blocksOfPage = (page: string): readonly Block[] =>
  blocksOf(readFileSync(join(ROOT, page), 'utf8'))

/** Tests that a page can be followed as it stands, on each release of Debian. */
export function followPage(page: string, steps: readonly Step[]): void {
  knowsBlocks(page, steps)
  for (const release of RELEASES)
    describe(`${page} on ${release}`, () => {
      inOrder({ page, steps, start: () => Walk.start(release), take })
    })
}

/** Tests that what a page shows can be used as it stands. */
export function usePage<Place extends AsyncDisposable>(
  page: string,
  steps: readonly Use<Place>[],
  start: () => Promise<Place>,
): void {
  knowsBlocks(page, steps)
  describe(`${page} on this machine`, () => {
    inOrder({ page, steps, start, take: (place, step, text) => step.use(place, text) })
  })
}

type Begun = Pick<Step, 'block'>

function knowsBlocks(page: string, steps: readonly Begun[]): void {
  const blocks = blocksOfPage(page)
  const beginsOf = (index: number) => blocks[index]?.text.slice(0, steps[index]?.block.length)

  it(`knows every block of ${page}`, () => {
    expect(blocks.map((_, index) => beginsOf(index))).to.deep.equal(steps.map(({ block }) => block))
  })
}

interface Following<Place, Taken> {
  readonly page: string
  readonly steps: readonly Taken[]
  readonly start: () => Promise<Place>
  readonly take: (place: Place, step: Taken, text: string) => Promise<unknown>
}

/** A test for each step, in a place that is started before the first. */
function inOrder<Place extends AsyncDisposable, Taken extends Begun>(
  following: Following<Place, Taken>,
): void {
  const { page, steps, start, take } = following
  const blocks = blocksOfPage(page)
  let place: Place
  let broken = ''
  before(async function () {
    this.timeout(120_000)
    place = await start()
  })
  after(() => place?.[Symbol.asyncDispose]())

  for (const [index, step] of cases(steps.entries())) {
    const [line = ''] = step.block.split('\n')
    it(`${blocks[index]?.under}: ${line}`, async function () {
      this.timeout(120_000)
      // each step goes on from the one before
      if (broken !== '') throw new Error(`not tried after the failure of: ${broken}`)
      broken = line
      await take(place, step, blocks[index]?.text ?? '')
      broken = ''
    })
  }
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
