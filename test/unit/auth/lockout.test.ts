import { expect } from 'chai'
import { Lockout } from '../../../engine/auth/lockout.ts'

describe('Lockout', () => {
  function locked() {
    const clock = { now: 0 }
    const lockout = new Lockout(() => clock.now)
    for (let each = 0; each < 5; each++) lockout.failed('ann')
    return { clock, lockout }
  }

  it('lasts a quarter of an hour after five failures', () => {
    const { clock, lockout } = locked()
    clock.now = 15 * 60_000 - 1
    expect(() => lockout.requireOpen('ann')).to.throw('permission denied')
    expect(() => lockout.requireOpen('bob')).not.to.throw()
    clock.now++
    expect(() => lockout.requireOpen('ann')).not.to.throw()
  })

  it('begins anew when it is over, and is ended by the right password', () => {
    const { clock, lockout } = locked()
    clock.now = 15 * 60_000
    for (let each = 0; each < 4; each++) lockout.failed('ann')
    expect(() => lockout.requireOpen('ann')).not.to.throw()
    lockout.succeeded('ann')
    for (let each = 0; each < 4; each++) lockout.failed('ann')
    expect(() => lockout.requireOpen('ann')).not.to.throw()
  })

  it('is as its mount says: sooner, shorter, and after failures that are nearer to each other', () => {
    const clock = { now: 0 }
    const lockout = new Lockout(() => clock.now)
    const settings = { threshold: 2, duration: 60, counterReset: 10, disable: false }
    const isOpen = () => {
      try {
        lockout.requireOpen('ann', settings)
        return true
      } catch {
        return false
      }
    }
    lockout.failed('ann', settings)
    clock.now = 10_000
    lockout.failed('ann', settings)
    expect(isOpen()).to.equal(true)
    clock.now = 19_999
    lockout.failed('ann', settings)
    expect(isOpen()).to.equal(false)
    clock.now += 59_999
    expect(isOpen()).to.equal(false)
    clock.now++
    expect(isOpen()).to.equal(true)
  })
})
