import { longWork } from '../../engine/limit/long-work.ts'

/** Runs `work`, and `meanwhile` once, when the first piece of long work in it is done: after a handler's preparation, before its transaction. */
export async function duringLongWork<T>(
  work: () => Promise<T>,
  meanwhile: () => unknown,
): Promise<T> {
  const { run } = longWork
  longWork.run = async (address, piece) => {
    const result = await run.call(longWork, address, piece)
    longWork.run = run
    await meanwhile()
    return result as Awaited<ReturnType<typeof piece>>
  }
  try {
    return await work()
  } finally {
    longWork.run = run
  }
}
