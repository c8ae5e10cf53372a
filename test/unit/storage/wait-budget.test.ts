import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import { StoreUnavailable } from '../../../engine/storage/store.ts'
import {
  outsideBudget,
  type PendingOperation,
  withinBudget,
  withWaitBudget,
} from '../../../engine/storage/wait-budget.ts'

/** An answer that needs so many milliseconds, and whether it was still wanted then. */
const answer = (ms: number) => (asked: PendingOperation) => setTimeout(ms, asked)
const never = (asked: PendingOperation) => new Promise<PendingOperation>(() => asked)

const failed = async (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    error => error,
  )

describe('The patience of a request', () => {
  it('ends while it waits for an answer, which is then not wanted any more', async () => {
    let seen: PendingOperation | undefined
    const ask = (asked: PendingOperation) => {
      seen = asked
      return never(asked)
    }
    expect(await failed(withWaitBudget(() => withinBudget(ask), 50))).to.be.instanceOf(
      StoreUnavailable,
    )
    expect(seen?.isGivenUp).to.equal(true)
  })

  it('is for all answers together', async () => {
    let answers = 0
    const work = async () => {
      for (; answers < 20; answers++) await withinBudget(answer(500))
    }
    expect(await failed(withWaitBudget(work, 400))).to.be.instanceOf(StoreUnavailable)
    expect(answers).to.be.below(3)
  })

  it('is not used up by other work, nor by many answers that come soon', async () => {
    await withWaitBudget(async () => {
      for (let each = 0; each < 10; each++) await withinBudget(answer(20))
      await setTimeout(100)
      await withinBudget(answer(20))
    }, 60)
  })

  it('is not that of who asks for others too', async () => {
    const work = () => outsideBudget(() => withinBudget(answer(400)))
    expect(await withWaitBudget(work, 10)).to.deep.equal({ isGivenUp: false })
  })
})
