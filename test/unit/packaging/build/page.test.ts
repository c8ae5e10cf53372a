import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import { licenses } from '../../../../packaging/build/licenses.ts'
import { bundlePage, writePage } from '../../../../packaging/build/page.ts'

/** Bytes of the whole page, compressed with Brotli. */
const LIMIT = 60_000

describe('bundlePage', () => {
  let made: Awaited<ReturnType<typeof bundlePage>>
  before(async () => {
    made = await bundlePage()
  })
  const text = (name: string) => made.files[name]?.toString() ?? ''
  const names = () => Object.keys(made.files)

  it('makes a page of less than 60 kB', () => {
    const sizes = names()
      .filter(name => name.endsWith('.br'))
      .map(name => made.files[name]?.length ?? 0)
    expect(sizes.length).to.be.at.least(4)
    expect(sizes.reduce((sum, size) => sum + size)).to.be.below(LIMIT)
  })

  it('names each asset by its content, and in the document', () => {
    const assets = [...text('index.html').matchAll(/\/ui\/(assets\/[^"]+)/g)].map(
      ([, name]) => name,
    )
    expect(assets).to.have.lengthOf(3)
    for (const [index, pattern] of [
      /icon-\w{8}\.svg$/,
      /style-\w{8}\.css$/,
      /main-\w{8}\.js$/,
    ].entries()) {
      expect(assets[index]).to.match(pattern)
      expect(names()).to.include(assets[index])
    }
  })

  it('has each file compressed twice', () => {
    const plain = names().filter(name => !/\.(?:br|gz)$/.test(name))
    expect(names()).to.have.lengthOf(plain.length * 3)
    for (const name of plain) {
      const [own, br, gz] = ['', '.br', '.gz'].map(ending => made.files[name + ending]!)
      expect(brotliDecompressSync(br!)).to.deep.equal(own)
      expect(gunzipSync(gz!)).to.deep.equal(own)
    }
  })

  it('has no inline code or style, and no other origin', () => {
    const document = text('index.html')
    expect(document).to.not.match(/<style|\son\w+=|\sstyle=|javascript:/i)
    expect(document.match(/<script[^>]*>/g)).to.deep.equal([
      document.match(/<script type="module" src="\/ui\/assets\/[^"]+">/)?.[0],
    ])
    for (const [, address] of document.matchAll(/(?:src|href)="([^"]*)"/g))
      expect(address).to.match(/^\/ui\/assets\//)
  })

  it('is the same for the same sources', async () => expect(await bundlePage()).to.deep.equal(made))

  it('has packages with a licence text', () => {
    const all = licenses(made.packages)
    for (const name of ['preact', '@preact/signals', '@preact/signals-core'])
      expect(all).to.contain(`\n${name} `)
  })

  it('is written whole, in place of an older one', () => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-page-'))
    try {
      const target = join(folder, 'ui')
      writePage({ files: { 'assets/old.js': Buffer.from('old') }, packages: [] }, target)
      writePage(made, target)
      const written = readdirSync(target, { recursive: true, encoding: 'utf8' })
      expect(written.filter(name => name !== 'assets')).to.have.members(names())
      expect(readFileSync(join(target, 'index.html'), 'utf8')).to.equal(text('index.html'))
      expect(existsSync(`${target}.draft`)).to.equal(false)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
