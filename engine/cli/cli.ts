import { Failure } from './failure.ts'
import { answerAskpass } from './ssh/askpass.ts'
import type { World } from './world.ts'

/** Runs what the words after the program's name ask for. Gives the exit code; never throws for what a user can do wrong. */
export async function cli(words: readonly string[], world: World): Promise<number> {
  try {
    // a login waits for this answer, so nothing else is loaded before it
    const answered = await answerAskpass(words, world)
    if (answered !== undefined) return answered
    const { dispatch } = await import('./dispatch.ts')
    return await dispatch(words, world)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    world.stderr.write(`${error.message}\n`)
    return error.exitCode
  }
}
