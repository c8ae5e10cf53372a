import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { ApiError } from '../../../engine/api/errors.ts'
import { parsePrivateKey } from '../../../engine/openssh/parse-private-key.ts'
import { Keygen } from '../../support/keygen.ts'

const scope = globalThis as { POSTERN_PRIVATE_KEY_WORKER?: string }

/** Reads a key in threads that run this. */
async function readBy(code: string): Promise<unknown> {
  scope.POSTERN_PRIVATE_KEY_WORKER = code
  try {
    return await parsePrivateKey({ pem: 'any', passphrase: undefined }, '').catch(error => error)
  } finally {
    delete scope.POSTERN_PRIVATE_KEY_WORKER
  }
}

describe('A thread that ends without an answer', () => {
  const keygen = new Keygen()
  after(() => keygen[Symbol.dispose]())

  for (const [how, code] of [
    ['ends', ''],
    ['exits', 'process.exit(1)'],
    ['throws', 'throw new Error()'],
    ['throws later', 'setTimeout(() => { throw new Error() }, 1)'],
    ['needs too much memory', 'const all = []; for (;;) all.push(new Array(1e6).fill(0.5))'],
  ] as const)
    it(`says nothing about the key: one that ${how}`, async function () {
      this.timeout(30_000)
      const error = await readBy(code)
      expect(error).to.be.an.instanceof(ApiError)
      expect(error).to.include({ code: 'busy', retryAfter: 1 })
    })

  it('is followed by another', async () => {
    const mark = join(keygen.folder, 'mark')
    const pem = keygen.read(keygen.key('-t', 'ecdsa', '-m', 'PKCS8').file)
    const read = await readBy(`
      const { existsSync, writeFileSync } = require('node:fs')
      const [mark, key] = ${JSON.stringify([mark, pem])}
      if (existsSync(mark)) require('node:worker_threads').parentPort.postMessage({ key })
      else writeFileSync(mark, '')`)
    expect(existsSync(mark)).to.equal(true)
    expect(read).to.have.nested.property('publicKey.bits', 256)
  })

  it('has answered when it throws after its answer', async () => {
    const pem = keygen.read(keygen.key('-t', 'ecdsa', '-m', 'PKCS8').file)
    const read = await readBy(`
      require('node:worker_threads').parentPort.postMessage({ key: ${JSON.stringify(pem)} })
      throw new Error()`)
    expect(read).to.have.nested.property('publicKey.bits', 256)
  })
})
