import { boolean, string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { EXIT, Failure } from '../failure.ts'
import { listAll } from '../list-all.ts'
import { trimPath } from '../path.ts'

export const leaseList = command({
  name: 'lease list',
  summary: 'List leases',
  usage: '[options] -mine | PREFIX',
  text: `
Lists the leases that were issued to your token and have not ended; you need no policy for it.

    $ postern lease list -mine

Only their ids, to revoke them:

    $ postern lease list -mine -field=name

With a prefix, lists one level of the ids of all leases, which requires sudo:

    $ postern lease list ssh/creds/web`,
  flags: {
    mine: boolean({ description: 'The leases of your own token.', default: false }),
    after: string({ description: 'Begin behind this lease id.', default: '' }),
  },
  arguments: [0, 1],
  prints: 'field',
  async run({ args: [prefix], flags: { mine, after }, print, io, connect }) {
    if (mine === (prefix !== undefined))
      throw new Failure('Give either -mine, for the leases of your token, or a prefix of lease ids')
    const path = mine ? 'sys/leases/self' : `sys/leases/lookup/${trimPath(prefix ?? '')}`
    const wanted = { path, query: {}, after, limit: 0, kind: 'lease' }
    const { records } = await listAll(connect({ wrapTtl: undefined }), wanted, io)
    await print.records(records, mine ? DETAILED : NAMES, 'lease')
    return EXIT.ok
  },
})

const NAMES = { Lease: 'name' }

const DETAILED = {
  Lease: 'name',
  User: 'username',
  Address: 'ip',
  TTL: 'ttl',
  Renewable: 'renewable',
  Expires: 'expire_time',
}
