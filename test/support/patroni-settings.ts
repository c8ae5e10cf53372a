import { join } from 'node:path'

/** What differs between the nodes. Addresses are `host:port`. */
interface Own {
  readonly name: string
  readonly folder: string
  /** The folder with the programs of PostgreSQL. */
  readonly programs: string
  readonly api: string
  readonly etcd: string
  readonly listen: string
  /** Where the other nodes reach its PostgreSQL. */
  readonly connect: string
}

const USER = { username: 'postern' }

/**
 * The configuration of a node, as docs/cluster.md advises: each commit waits for a standby, also when there is none. Times are short, so that
 * tests do not wait for long; newer versions of Patroni raise them to their least.
 */
export const patroniSettings = ({ name, folder, programs, api, etcd, listen, connect }: Own) => ({
  scope: 'postern',
  name,
  restapi: { listen: api, connect_address: api },
  // not by the addresses that etcd tells: these lead around the link
  etcd3: { hosts: [etcd], use_proxies: true },
  bootstrap: {
    dcs: {
      ttl: 7,
      loop_wait: 1,
      retry_timeout: 3,
      synchronous_mode: true,
      synchronous_mode_strict: true,
      postgresql: {
        use_pg_rewind: true,
        use_slots: true,
        parameters: {
          max_connections: 100,
          wal_log_hints: 'on',
          wal_retrieve_retry_interval: '200ms',
        },
      },
    },
    initdb: [{ encoding: 'UTF8' }, { locale: 'C.UTF-8' }, { auth: 'trust' }, 'no-sync'],
    pg_hba: ['host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust'],
  },
  postgresql: {
    listen,
    connect_address: connect,
    data_dir: join(folder, 'data'),
    bin_dir: programs,
    pgpass: join(folder, 'pgpass'),
    authentication: { superuser: USER, replication: USER },
    parameters: { unix_socket_directories: '', log_min_messages: 'fatal' },
  },
})
