/** Milliseconds by which a timer may be late while the event loop runs. */
const LATE = 100

/**
 * Calls `bark` after so many milliseconds, unless it is disposed of before. If the event loop was blocked meanwhile, the time starts
 * again: the awaited event may have happened without being processed yet.
 */
export function watchdog(milliseconds: number, bark: () => void): Disposable {
  let timer: NodeJS.Timeout
  let turn: NodeJS.Immediate | undefined
  const arm = () => {
    const due = performance.now() + milliseconds
    timer = setTimeout(() => {
      if (performance.now() - due > LATE) arm()
      // events of this iteration of the loop are processed first
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
