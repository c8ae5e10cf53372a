import { expect } from 'chai'
import { BufferedOutput } from '../../../engine/cli/outputs.ts'
import { Progress } from '../../../engine/cli/progress.ts'

describe('progress', () => {
  const toldTo = (isTTY: boolean) => {
    const stderr = new BufferedOutput({ isTTY })
    let now = 0
    const progress = new Progress({ stderr }, () => now)
    for (; now <= 10_000; now += 100) progress.tell(`${now} ms`)
    return stderr.text
  }

  it('is told after a second, and then less and less often', () =>
    expect(toldTo(true)).to.equal('1000 ms\n2000 ms\n4000 ms\n8000 ms\n'))

  it('is for users alone', () => expect(toldTo(false)).to.equal(''))
})
