import { expect } from 'chai'
import { installedLines } from '../../../../engine/ssh/dynamic/installed-lines.ts'
import { processorTime } from '../../../support/processor-time.ts'

const MOUNT = '0a1b2c'
const BLOB = 'AAAAC3NzaC1lZDI1NTE5AAAAIKiTcHqPzUs+oYSP7Q9r6Q2BX0p1L0SCDbn9B6k3JmCm'
const KEY = `ssh-ed25519 ${BLOB}`

describe('Lines that a mount has installed', () => {
  for (const [why, line] of [
    ['has options', `no-pty,from="a b" ${KEY} postern:0a1b2c:ssh%2Fcreds%2Fx`],
    ['has none', `${KEY} postern:0a1b2c:ssh%2Fcreds%2Fx`],
  ] as const)
    it(`are found when one ${why}`, () =>
      expect(installedLines([line], MOUNT)).to.deep.equal([
        {
          publicKey: KEY,
          marker: 'postern:0a1b2c:ssh%2Fcreds%2Fx',
          id: 'ssh%2Fcreds%2Fx',
        },
      ]))

  for (const line of [
    '',
    ' postern:0a1b2c:x',
    `${BLOB} postern:0a1b2c:x`,
    ` ${BLOB} postern:0a1b2c:x`,
    `${KEY} postern:0a1b2d:x`,
    `${KEY} postern:0a1b2c:x `,
    `${KEY} postern:0a1b2c:%FF`,
    'ssh-rsa BAAAB3 postern:0a1b2c:x',
    // a part of a key is a part of other keys
    'ssh-ed25519 AAAAC postern:0a1b2c:x',
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI postern:0a1b2c:x',
    `ssh-rsa ${BLOB} postern:0a1b2c:x`,
    `${'a'.repeat(20_000)} AAAAB3 postern:0a1b2c:x`,
  ])
    it(`are not ${JSON.stringify(line.slice(0, 60))}`, () =>
      expect(installedLines([line], MOUNT)).to.deep.equal([]))

  // as much as is kept of what a host prints; an expression that looks for its beginning takes over a minute
  for (const [what, line] of [
    ['one long word', `${'a'.repeat(262_000)} postern:`],
    ['many blanks', `${' '.repeat(262_000)}postern:`],
    ['one long key', `a AAAA${'a'.repeat(262_000)} postern:0a1b2c:x`],
    ['one long marker', `a AAAAB3 postern:0a1b2c:${'%20'.repeat(87_000)}!`],
  ] as const)
    it(`are looked for in ${what} at once`, async () => {
      const took = await processorTime(() => {
        for (const part of [line, line.slice(-19_999)]) installedLines([part], MOUNT)
      })
      expect(took).to.be.below(1000)
    })
})
