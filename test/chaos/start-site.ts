import { Postgres } from '../support/postgres.ts'
import { PostgresPair } from '../support/postgres-pair.ts'
import { DatabaseSite } from './database-site.ts'
import type { Site, StorageName } from './site.ts'
import { SqliteSite } from './sqlite-site.ts'

/** Starts a site. @param address of this machine, for this site alone */
export async function startSite(storage: StorageName, address: string): Promise<Site> {
  switch (storage) {
    case 'sqlite':
      return SqliteSite.start(address)
    case 'postgresql':
      return DatabaseSite.start(await Postgres.start(), address)
    case 'standby':
      return DatabaseSite.start(await PostgresPair.start(), address)
    case 'hosts':
      return DatabaseSite.start(await PostgresPair.start(), address, 'both')
  }
}
