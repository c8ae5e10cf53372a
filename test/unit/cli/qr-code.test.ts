import { stripVTControlCharacters } from 'node:util'
import { expect } from 'chai'
import decodeQR from 'qr/decode.js'
import { qrCode } from '../../../engine/cli/qr-code.ts'
import { cases } from '../../support/cases.ts'

const TEXTS = [
  '2f7e25a2-24c9-4b7b-0d35-27d5e5203a5c',
  'https://id.example.com/device?user_code=WDJB-MJHT',
]

/** What a reader sees that takes every character for a column of two pixels, `scale` pixels wide each. */
function seen(drawn: string, { inverted }: { readonly inverted: boolean }): string {
  const scale = 4
  const lines = stripVTControlCharacters(drawn).trimEnd().split('\n')
  const rows = lines.flatMap(line => [
    [...line].map(char => '█▀'.includes(char)),
    [...line].map(char => '█▄'.includes(char)),
  ])
  const width = (rows[0]?.length ?? 0) * scale
  const data = new Uint8Array(width * rows.length * scale * 4).fill(255)
  for (const [y, row] of rows.entries())
    for (const [x, drawn] of row.entries())
      for (let dy = 0; dy < scale; dy++)
        for (let dx = 0; dx < scale; dx++) {
          const at = ((y * scale + dy) * width + x * scale + dx) * 4
          data.fill(drawn === inverted ? 255 : 0, at, at + 3)
        }
  return decodeQR({ width, height: rows.length * scale, data })
}

describe('A QR code at the terminal', () => {
  for (const text of cases(TEXTS)) {
    it(`is read back in colours: ${text}`, () =>
      expect(seen(qrCode(text, { colored: true }), { inverted: false })).to.equal(text))

    it(`is read back without colours, where light is drawn: ${text}`, () => {
      const drawn = qrCode(text, { colored: false })
      expect(drawn).not.to.include('\u001b')
      expect(seen(drawn, { inverted: true })).to.equal(text)
    })
  }

  it('has a password fit on a small screen', () => {
    const lines = qrCode(TEXTS[0] ?? '', { colored: false })
      .trimEnd()
      .split('\n')
    expect(lines.length).to.be.at.most(20)
  })

  it('is dark on light at the end of no line', () => {
    for (const line of qrCode('text', { colored: true }).trimEnd().split('\n'))
      expect(line.endsWith('\u001b[0m')).to.equal(true)
  })
})
