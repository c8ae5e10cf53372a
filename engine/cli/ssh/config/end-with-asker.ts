/** Milliseconds from one look for the ssh that asks to the next. */
const INTERVAL = 200

/**
 * Ends this process like SIGTERM if the ssh that asks is gone, until this is disposed of. It may be killed while its check waits for the
 * engine, or asks the user about a host key. Then nobody needs a credential, and the terminal is for the shell again.
 */
export function endWithAsker(): Disposable {
  const asker = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === asker) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, INTERVAL)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
