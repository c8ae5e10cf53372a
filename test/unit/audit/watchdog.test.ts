import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import { watchdog } from '../../../engine/audit/watchdog.ts'

/** Has the event loop stand still. */
function stall(milliseconds: number) {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

describe('A watchdog', () => {
  it('barks when the time is over, and not when it was called off', async () => {
    let barks = 0
    using _ = watchdog(50, () => barks++)
    watchdog(50, () => barks++)[Symbol.dispose]()
    for (let tries = 0; barks === 0 && tries < 100; tries++) await wait(20)
    expect(barks).to.equal(1)
  })

  it('does not take a loop that stands still for something that takes too long', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    using _ = watchdog(100, () => resolve('barked'))
    // has happened long before the time is over, and is heard of after it
    const heard = import('node:fs/promises').then(({ stat }) => stat('.')).then(() => 'heard')
    stall(600)
    expect(await Promise.race([promise, heard])).to.equal('heard')
  })
})
