import { expect } from 'chai'
import { apiPathOf, urlPathOf } from '../../../../engine/ui/api/api-path.ts'

/** Where a browser sends a request for a path of the API. */
const sentTo = (path: string) => new URL(`/v1/${urlPathOf(path)}`, 'http://engine').pathname

describe('The path of the API in an address of the page', () => {
  for (const [address, path] of [
    ['ssh/roles/web', 'ssh/roles/web'],
    ['/ssh/roles/', 'ssh/roles'],
    ['team%20a/ssh/roles/caf%C3%A9', 'team a/ssh/roles/café'],
    ['ssh/roles/100%', 'ssh/roles/100%'],
    ['', ''],
  ] as const)
    it(`of ${JSON.stringify(address)} is ${JSON.stringify(path)}`, () => {
      expect(apiPathOf(address)).to.equal(path)
    })

  for (const address of [
    'sys/audit-search/..%2f..%2fsys%2fseal',
    'sys/audit-search/%2e%2e/%2E%2E/sys/seal',
    'sys/audit-search/.%2e/..%2Fseal',
    'ssh%2froles%2f..%2f..%2fsys/roles/x',
    'sys/audit-search/..%5c..%5csys%5cseal',
    'sys/audit-search/%252e%252e%252fseal',
  ])
    it(`leads to no path besides the one that it names: ${address}`, () => {
      expect(sentTo(apiPathOf(address)).split('/')).to.have.lengthOf(address.split('/').length + 2)
      expect(sentTo(apiPathOf(address))).to.match(/^\/v1\/(?:sys\/audit-search|ssh%)/)
    })
})

describe('A request of the page', () => {
  for (const path of ['auth/userpass/login/..', 'ssh/roles/../../sys/seal', './sys/seal'])
    it(`is not sent to ${path}, which browsers resolve`, () => {
      expect(urlPathOf(path)).to.equal(undefined)
    })

  for (const name of ['..;', '...', '%2e%2e', '\ud800', '?x=1#y', 'a\\..\\b', '\t..', '.. '])
    it(`is sent to the name that it is for: ${JSON.stringify(name)}`, () => {
      const parts = sentTo(`ssh/roles/${name}`).split('/')
      expect(parts.slice(0, -1)).to.deep.equal(['', 'v1', 'ssh', 'roles'])
      expect(decodeURIComponent(parts.at(-1) ?? '')).to.equal(name.toWellFormed())
    })
})
