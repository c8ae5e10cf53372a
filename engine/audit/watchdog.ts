/** Milliseconds by which a timer may be late in a loop that runs. */
const LATE = 100

/**
 * Calls `bark` when something has taken so many milliseconds, unless it is disposed of before. Where the event loop has stood still
 * meanwhile, the time begins anew: what is waited for may have happened long ago, and only not been heard of.
 */
export function watchdog(milliseconds: number, bark: () => void): Disposable {
  let timer: NodeJS.Timeout
  let turn: NodeJS.Immediate | undefined
  const arm = () => {
    const due = performance.now() + milliseconds
    timer = setTimeout(() => {
      if (performance.now() - due > LATE) arm()
      // what has ended in this turn of the loop is heard of before the next
      else turn = setImmediate(bark)
    }, milliseconds)
  }
  arm()
  return {
    [Symbol.dispose]() {
      clearTimeout(timer)
      clearImmediate(turn)
    },
  }
}
