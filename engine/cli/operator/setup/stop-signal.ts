/** Whether the user has pressed Ctrl-C. Disposing of it gives Ctrl-C its usual meaning back. */
export interface StopSignal extends Disposable {
  readonly isStopped: () => boolean
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** Lets the step under way end at Ctrl-C; a second one ends the program. */
export function stopSignal(note: (line: string) => void): StopSignal {
  let stopped = false
  const stop = () => {
    stopped = true
    note('stopping after this step')
  }
  for (const name of SIGNALS) process.once(name, stop)
  return {
    isStopped: () => stopped,
    [Symbol.dispose]() {
      for (const name of SIGNALS) process.off(name, stop)
    },
  }
}
