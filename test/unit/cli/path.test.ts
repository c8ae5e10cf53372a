import { expect } from 'chai'
import { mountPath, requestPath, trimPath } from '../../../engine/cli/path.ts'

describe('Paths of requests', () => {
  for (const [base, typed, path] of [
    ['/', 'ssh/roles/web', '/v1/ssh/roles/web'],
    ['/', 'ssh//roles/./web/', '/v1/ssh/roles/web'],
    ['/vault/', 'ssh/roles', '/vault/v1/ssh/roles'],
    ['/', 'ssh/roles/a b', '/v1/ssh/roles/a%20b'],
    ['/', 'ssh/roles/a%2Fb', '/v1/ssh/roles/a%252Fb'],
    ['/', 'ssh/roles/what?#x', '/v1/ssh/roles/what%3F%23x'],
    ['/', 'ssh/roles/me@x.org', '/v1/ssh/roles/me@x.org'],
    ['/', "a/$&+,:;=@-_.~!'()*", '/v1/a/$&+,:;=@-_.~%21%27%28%29%2A'],
    ['/', 'ssh/roles/ü', '/v1/ssh/roles/%C3%BC'],
  ] as const)
    it(`asks for ${typed} below ${base}`, () => {
      expect(requestPath(base, typed)).to.equal(path)
    })

  it('takes blanks and slashes off what the user typed', () => {
    expect([' /ssh/roles/ ', '//', 'ssh'].map(trimPath)).to.deep.equal(['ssh/roles', '', 'ssh'])
    expect([' /ssh ', 'ssh/', ''].map(mountPath)).to.deep.equal(['ssh/', 'ssh/', ''])
  })
})
