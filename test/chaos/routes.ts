import { Link } from '../support/link.ts'
import type { Postgres } from '../support/postgres.ts'
import type { PostgresPair } from '../support/postgres-pair.ts'

/** How engines reach their database: each by networks of its own. */
export interface Routes extends Disposable {
  /** Of each engine, the network to the server that is the primary now. */
  readonly links: readonly Link[]
  /** Of each engine, the URL for its configuration. */
  readonly urls: readonly string[]
  /** Keeps engines from a primary that is being replaced. */
  fence(): void
  /** Has engines reach the new primary. */
  follow(): void
  /** Lets engines reach the former primary again, where they know its address. */
  unfence(): void
}

/** One address, which leads to the primary and moves to the next. */
export async function movingAddress(
  engines: number,
  primary: () => Postgres,
  url: string,
): Promise<Routes> {
  const links = await Promise.all(Array.from({ length: engines }, () => Link.to(url)))
  return {
    links,
    urls: links.map(link => link.through(url)),
    fence: () => each(links, link => link.refuse()),
    follow: () =>
      each(links, link => {
        link.leadTo(primary().url())
        link.mend()
      }),
    unfence: () => undefined,
    [Symbol.dispose]: () => each(links, link => link[Symbol.dispose]()),
  }
}

/** The addresses of both servers, among which engines find the primary. */
export async function bothAddresses(
  engines: number,
  pair: PostgresPair,
  url: string,
): Promise<Routes> {
  const servers = [pair.primary, pair.standby]
  const linksTo = new Map<Postgres, readonly Link[]>()
  for (const server of servers) {
    const made = Array.from({ length: engines }, () => Link.to(server.url()))
    linksTo.set(server, await Promise.all(made))
  }
  const all = () => [...linksTo.values()].flat()
  const to = (server: Postgres) => linksTo.get(server) ?? []
  return {
    get links() {
      return to(pair.primary)
    },
    urls: Array.from({ length: engines }, (_, engine) => {
      const hosts = servers.map(server => `127.0.0.1:${to(server)[engine]?.port}`)
      return url.replace(new URL(url).host, hosts.join(','))
    }),
    fence: () => each(to(pair.primary), link => link.refuse()),
    follow: () => undefined,
    unfence: () => each(all(), link => link.mend()),
    [Symbol.dispose]: () => each(all(), link => link[Symbol.dispose]()),
  }
}

const each = (links: readonly Link[], what: (link: Link) => void): void => links.forEach(what)
