import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'chai'

const files = readdirSync('engine', { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts'))
  .map(name => ({ name, text: readFileSync(`engine/${name}`, 'utf8') }))
  .filter(({ text }) => /\bendpoint\(\{/.test(text))

const UNNAMED = /^\s+(?:async )?(?:read|list|update|delete)(?:\(.*\{$|: (?:async )?(?:\(|\w+ =>))/gm
const NAMED = /^\s+(?:read|list|update|delete): (?:async )?function (\w+)\(/gm

describe('the handlers of endpoints', () => {
  it('are functions with a name, which stack traces show', () => {
    const unnamed = files.flatMap(({ name, text }) =>
      (text.match(UNNAMED) ?? []).map(line => `${name}: ${line.trim()}`),
    )
    expect(unnamed).to.deep.equal([])
  })

  it('have names that are found once', () => {
    const names = files.flatMap(({ text }) => [...text.matchAll(NAMED)].map(([, name]) => name))
    expect(names.length).to.be.above(150)
    expect(names.filter((name, at) => names.indexOf(name) !== at)).to.deep.equal([])
  })
})

describe('the files of endpoints', () => {
  it('have a name that ends in -paths, or are the engine.ts of their folder', () => {
    const others = files
      .map(({ name }) => name)
      .filter(name => name.includes('/') && !name.startsWith('api/'))
      .filter(name => !name.endsWith('-paths.ts') && !name.endsWith('/engine.ts'))
    expect(files.length).to.be.above(50)
    expect(others).to.deep.equal([])
  })
})
