import { expect } from 'chai'
import { databaseUrls } from '../../../engine/storage/database-hosts.ts'

describe('The URL of a database', () => {
  for (const url of [
    'postgresql://postern:a,b@db.example.com:5432/postern?sslmode=verify-full',
    'postgresql:///postern',
    'postgresql://postern@%2Fvar%2Frun%2Fpostgresql/postern',
    'postgresql://postern@[::1]:5432/postern?target_session_attrs=read-write',
    'postgresql://db/postern?target_session_attrs=primary&connect_timeout=3&options=-c%20a=b',
    'db.example.com',
  ])
    it(`is left as it is: ${url}`, () => {
      expect(databaseUrls(url)).to.deep.equal([url])
    })

  for (const [url, ...urls] of [
    [
      'postgresql://u:p@a:5432,b:5433/db',
      'postgresql://u:p@a:5432/db',
      'postgresql://u:p@b:5433/db',
    ],
    ['postgres://u:p,q@a,b/db?x=1', 'postgres://u:p,q@a/db?x=1', 'postgres://u:p,q@b/db?x=1'],
    [
      'postgresql://a,[::1]:6,[fe80::1]/',
      'postgresql://a/',
      'postgresql://[::1]:6/',
      'postgresql://[fe80::1]/',
    ],
    ['postgresql://%2Frun%2Fpg:5433,b/db', 'postgresql://%2Frun%2Fpg:5433/db', 'postgresql://b/db'],
    ['postgresql:///db?host=a,b&port=1,2', 'postgresql://a:1/db', 'postgresql://b:2/db'],
    ['postgresql:///db?host=a,b&port=7', 'postgresql://a:7/db', 'postgresql://b:7/db'],
    ['postgresql://:7/db?host=a,b', 'postgresql://a:7/db', 'postgresql://b:7/db'],
    [
      'postgresql://u@x/db?host=/run/pg,::1',
      'postgresql://u@%2Frun%2Fpg/db',
      'postgresql://u@[::1]/db',
    ],
    ['postgresql://a:1,b:2/db?port=7', 'postgresql://a:7/db', 'postgresql://b:7/db'],
    [
      'postgresql://a,b/db?target_session_attrs=read-write&load_balance_hosts=random&sslmode=verify-full',
      'postgresql://a/db?sslmode=verify-full',
      'postgresql://b/db?sslmode=verify-full',
    ],
  ] as const)
    it(`names several servers: ${url}`, () => {
      expect(databaseUrls(url)).to.deep.equal(urls)
    })

  for (const [url, problem] of [
    ['postgresql://u:secret@a,/db', /cannot be read/],
    ['postgresql://u:secret@,b/db', /cannot be read/],
    ['postgresql://u:secret@a:x,b/db', /cannot be read/],
    ['postgresql://u:secret@a:65536,b/db', /cannot be read/],
    ['postgresql://u:secret@::1,b/db', /cannot be read/],
    ['postgresql://u:secret@[x],b/db', /cannot be read/],
    ['postgresql://u:sec,secret/1@a/db', /cannot be read/],
    ['postgresql://u:secret@a,b,c/db?port=1,2', /has 2 ports for 3 hosts/],
    ['postgresql://u:secret@a/db?port=1,2', /has 2 ports for 1 hosts/],
    ['postgresql://u:secret@a,b/db?host=c&host=d', /has host more than once/],
    ['postgresql://u:secret@a,b/db?hostaddr=10.0.0.1,10.0.0.2', /hostaddr, which is not supported/],
    ...['any', 'read-only', 'standby', 'prefer-standby', ''].flatMap(value => [
      [
        `postgresql://u:secret@a,b/db?target_session_attrs=${value}`,
        /set target_session_attrs=read-write/,
      ] as const,
      [
        `postgresql://u:secret@a/db?target_session_attrs=${value}`,
        /set target_session_attrs=read-write/,
      ] as const,
    ]),
  ] as const)
    it(`is refused: ${url}`, () => {
      expect(() => databaseUrls(url)).to.throw(problem)
      expect(() => databaseUrls(url)).not.to.throw(/secret/)
    })
})
