import { expect } from 'chai'
import { databaseWarning } from '../../../engine/storage/database-tls.ts'

describe('The way to the database', () => {
  const url = (settings: string, host = 'db.example.com') =>
    `postgresql://postern:pw@${host}/postern${settings}`

  for (const settings of [
    '?sslmode=',
    '?sslmode=no-verify',
    '?sslmode=allow',
    '?sslmode=VERIFY-FULL',
    '?sslmode=verify-full&sslmode=disable',
    '?host=localhost&host=db.example.com',
    '?ssl=0',
    '?ssl=false',
    '?ssl=no-verify',
    '?ssl=true&sslmode=disable',
    '?uselibpqcompat=true&sslmode=require',
    '?uselibpqcompat=true&sslmode=prefer',
    '?uselibpqcompat=true',
  ])
    it(`is refused with ${settings}`, () => {
      expect(() => databaseWarning(url(settings), {})).to.throw(/^"connection_url" has /)
    })

  for (const settings of ['?sslmode=verify-full', '?sslmode=require', '?ssl=true'])
    it(`is accepted without a warning with ${settings}`, () => {
      expect(databaseWarning(url(settings), {})).to.equal(undefined)
    })

  it('is warned of where nothing is encrypted', () => {
    expect(databaseWarning(url('?sslmode=disable'), {})).to.match(/not encrypted: sslmode=disable$/)
    expect(databaseWarning(url(''), {})).to.match(/has no sslmode/)
    expect(databaseWarning(url(''), { PGSSLMODE: 'disable' })).to.match(/sslmode=disable/)
    expect(databaseWarning(url('?host=db.example.com', 'localhost'), {})).to.match(/no sslmode/)
    expect(databaseWarning('postgresql:///postern', { PGHOST: 'db' })).to.match(/at db is not/)
  })

  it('holds what the environment says to the same', () => {
    expect(() => databaseWarning(url(''), { PGSSLMODE: 'no-verify' })).to.throw(/not verified/)
  })

  for (const host of ['localhost', '127.0.0.1', '127.8.8.8', '[::1]', '%2Fvar%2Frun%2Fpostgresql'])
    it(`may be anything to ${host}`, () => {
      for (const settings of ['', '?sslmode=disable', '?sslmode='])
        expect(databaseWarning(url(settings, host), {})).to.equal(undefined)
    })

  it('holds each of several servers to the same', () => {
    const both = (settings: string) => url(settings, 'localhost,db.example.com')
    expect(databaseWarning(both('?sslmode=verify-full'), {})).to.equal(undefined)
    expect(databaseWarning(both(''), {})).to.match(/at db.example.com is not encrypted/)
    expect(databaseWarning(url('?host=a,b&sslmode=disable', ''), {})).to.match(/at a is not/)
    expect(() => databaseWarning(both('?sslmode=no-verify'), {})).to.throw(/not verified/)
    expect(databaseWarning(url('', 'localhost,127.0.0.1'), {})).to.equal(undefined)
  })

  it('shows no password', () => {
    for (const settings of ['', '?sslmode=disable'])
      expect(databaseWarning(url(settings), {})).not.to.include('pw')
  })
})
