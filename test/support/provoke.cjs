// Loaded into an engine before anything else: provokes, on a signal, errors that nothing in the engine catches.
const { Worker } = require('node:worker_threads')

const threads = new Set()
const { on } = Worker.prototype
Worker.prototype.on = function (...args) {
  threads.add(this)
  return on.apply(this, args)
}

// of a kind that has nothing to do with what is stored
process.on('SIGUSR2', () => {
  setTimeout(() => {
    throw new Error('thrown in a timer')
  })
  Promise.reject(new Error('awaited by nobody'))
})

// the thread that writes to the database ends in the middle of its work
process.on('SIGWINCH', () => {
  for (const thread of threads) thread.terminate()
})
