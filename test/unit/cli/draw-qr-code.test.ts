import { expect } from 'chai'
import { drawQrCode } from '../../../engine/cli/draw-qr-code.ts'

describe('drawQrCode', () => {
  it('draws nothing of a text that a server has made too long, in whatever characters', async () => {
    const there = { environment: {}, stderr: { columns: 500 } as never }
    for (const text of ['x'.repeat(1001), '漢'.repeat(1000)])
      expect(await drawQrCode(text, there)).to.equal(false)
  })
})
