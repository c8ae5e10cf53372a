import { type ReadonlySignal, useSignal } from './preact.ts'

/** An action that runs once at a time, however often it is clicked. */
export interface Once {
  /** Whether it is under way. */
  readonly busy: ReadonlySignal<boolean>
  /** Why it failed the last time; undefined while it is under way. */
  readonly failure: ReadonlySignal<string | undefined>
  /** Forgets why it failed. */
  clear(): void
  /** Runs an action, unless another one is under way. An error becomes the failure. */
  run(action: () => Promise<unknown>): Promise<void>
}

/** Guards the buttons of a part of the page against double clicks, and keeps what went wrong. */
export function useOnce(): Once {
  const busy = useSignal(false)
  const failure = useSignal<string | undefined>(undefined)
  return {
    busy,
    failure,
    clear() {
      failure.value = undefined
    },
    async run(action) {
      if (busy.peek()) return
      busy.value = true
      failure.value = undefined
      try {
        await action()
      } catch (error) {
        failure.value = (error as Error).message
      } finally {
        busy.value = false
      }
    },
  }
}
