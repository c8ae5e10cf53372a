import { expect } from 'chai'
import { fieldsOf, targetOf } from '../../../../engine/ui/access/target.ts'

describe('What a user types as a target', () => {
  for (const [typed, fields] of [
    ['10.1.2.3', { ip: '10.1.2.3' }],
    [' ubuntu@10.1.2.3 ', { ip: '10.1.2.3', username: 'ubuntu' }],
    ['admin@2001:db8::7', { ip: '2001:db8::7', username: 'admin' }],
    ['Web-1', { host: 'web-1' }],
    ['@web-1', { host: 'web-1' }],
  ] as const)
    it(`${JSON.stringify(typed)} is ${JSON.stringify(fields)}`, () => {
      const target = targetOf(typed)
      expect(target && fieldsOf(target)).to.deep.equal(fields)
    })

  for (const typed of ['', 'a b', 'a@b@c', 'web-1; reboot', '$(id)', 'web\n1', '<img>', 'über'])
    it(`${JSON.stringify(typed)} is no host`, () => {
      expect(targetOf(typed)).to.equal(undefined)
    })
})
