import { expect } from 'chai'
import { deviceOptions } from '../../../engine/audit/device-options.ts'
import { ownOptions } from '../../../engine/audit/own-options.ts'

const fileOf = (path: string, worker?: number) => {
  const { target } = ownOptions(deviceOptions('file', { file_path: path }), worker)
  return target.type === 'file' ? target.path : target.type
}

describe('ownOptions', () => {
  for (const [path, worker, own] of [
    ['/var/log/postern/audit.log', undefined, '/var/log/postern/audit.log'],
    ['/var/log/postern/audit.log', 1, '/var/log/postern/audit.log'],
    ['/var/log/postern/audit.log', 2, '/var/log/postern/audit-2.log'],
    ['/var/log/postern/audit', 12, '/var/log/postern/audit-12'],
    ['/audit.log', 3, '/audit-3.log'],
    ['discard', 2, 'discard'],
  ] as const)
    it(`has worker ${worker ?? 'alone'} write to ${own} for ${path}`, () => {
      expect(fileOf(path, worker)).to.equal(own)
    })
})
