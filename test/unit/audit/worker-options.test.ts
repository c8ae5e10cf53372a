import { expect } from 'chai'
import fc from 'fast-check'
import { deviceOptions } from '../../../engine/audit/device-options.ts'
import { workerOptions } from '../../../engine/audit/worker-options.ts'

const fileOf = (path: string, worker?: number) => {
  const { target } = workerOptions(deviceOptions('file', { file_path: path }), worker)
  return target.type === 'file' ? target.path : target.type
}

describe('workerOptions', () => {
  for (const [path, worker, own] of [
    ['/var/log/postern/audit.log', undefined, '/var/log/postern/audit.log'],
    ['/var/log/postern/audit.log', 1, '/var/log/postern/audit.log'],
    ['/var/log/postern/audit.log', 2, '/var/log/postern/audit-2.log'],
    ['/var/log/postern/audit', 12, '/var/log/postern/audit-12'],
    ['/audit.log', 3, '/audit-3.log'],
    ['/var/log/postern/audit-2.log', undefined, '/var/log/postern/audit-2.log'],
    ['/var/log/postern/audit-2.log', 1, '/var/log/postern/audit-2-1.log'],
    ['/var/log/postern/audit-2.log', 2, '/var/log/postern/audit-2-2.log'],
    ['/var/log/postern/audit-2-1.log', 1, '/var/log/postern/audit-2-1-1.log'],
    ['discard', 2, 'discard'],
  ] as const)
    it(`has worker ${worker ?? 'alone'} write to ${own} for ${path}`, () => {
      expect(fileOf(path, worker)).to.equal(own)
    })

  it('has no two workers or devices write to one file', () => {
    const name = fc.array(fc.constantFrom('a', '-', '1', '2', '.'), { minLength: 1, maxLength: 6 })
    const place = fc.record({
      path: name.map(parts => `/${parts.join('')}`).filter(path => !/^\/\.+$/.test(path)),
      worker: fc.integer({ min: 1, max: 12 }),
    })
    fc.assert(
      fc.property(fc.uniqueArray(place, { selector: each => JSON.stringify(each) }), places => {
        const files = places.map(({ path, worker }) => fileOf(path, worker))
        expect(new Set(files).size).to.equal(files.length)
      }),
      { numRuns: 2000 },
    )
  })
})
