import { STORAGES, type StorageName } from './site.ts'
import { type Kind, type Sums, timesIn, total } from './sums.ts'

/** The page docs/proof.md. */
export const proofOf = (sums: Sums): string => `# What is left after a crash

Whatever the engine has acknowledged must be there after any crash, and no password may be redeemed twice. \`npm run chaos\` disturbs engines and their storage under load, and compares what was acknowledged with what is there. This page is the sum of its runs, and is generated from [proof.json](proof.json).

${inShort(sums)}

## What is done

Six to twelve clients work at the same time, each request at any node. They issue passwords, and redeem some of them, some at two nodes at once; they revoke leases; they write, read and delete roles and policies; they sign certificates and create tokens, and revoke some of them. Meanwhile one thing is disturbed, and what an operator or a service manager would do about it is done. When all nodes serve again, the load ends, and everything is looked at, at every node:

- An unused password must be redeemed at one node and refused at the next. A used or revoked one must be refused. Some of each are kept and looked at again after later disturbances.
- A role or policy must have the value that was written last, or be absent if it was deleted last.
- A certificate must be in the inventory, and a token valid, until its revocation is acknowledged, and never after.

The driver keeps its own book of what was sent and answered, and imports nothing from the engine. Changes without an answer, or with an error of the server such as 503, are *unknown*: they may have been made or not, but never twice.

*Served again* is the time until every node has issued a password: after a kill or a crash from the kill, so it includes the start of what was killed; after a pause or a cut from its end.

${present(sums)
  .map(storage => sectionOf(storage, sums.kinds))
  .join('\n\n')}

## Repeat it

    npm run chaos -- -kills=${timesIn(sums) + 1000}

goes on until the sum, that of this page included, is as large, and writes this page. It can be interrupted at any moment and continued with the same command. \`-storage\`, \`-sites\`, \`-seed\` and \`-results\` are described by \`npm run chaos -- -help\`. If something is lost it ends with 1, and says where the files of that site are kept. It also ends when the driver itself can go no further, for example because a database server does not start; that disturbance is not counted.

The machine was also used by other programs, so times are those of a busy machine. Run were: ${sums.versions.join(', ')}; the engine of ${commitsOf(sums)}.
`

const present = ({ kinds }: Sums): readonly StorageName[] =>
  STORAGES.filter(name => kinds.some(({ storage }) => storage === name))

const inShort = (sums: Sums): string =>
  table(
    ['', 'disturbances', 'acknowledged', 'lost', 'redeemed twice', 'other faults', 'unknown'],
    [...present(sums), undefined].map(storage => {
      const kinds = sums.kinds.filter(kind => storage === undefined || kind.storage === storage)
      return [
        storage === undefined ? '**all**' : NAMES[storage].short,
        timesIn({ ...sums, kinds }),
        total(kinds, kind => kind.acknowledged),
        total(kinds, kind => kind.lost),
        total(kinds, kind => kind.spentTwice),
        total(kinds, kind => kind.other),
        total(kinds, kind => kind.unknown),
      ]
    }),
  )

const NAMES: Readonly<Record<StorageName, { readonly short: string; readonly about: string }>> = {
  sqlite: { short: 'SQLite', about: 'One engine, with its data in SQLite.' },
  postgresql: {
    short: 'PostgreSQL',
    about:
      'Two engines, one of them with two workers, on one PostgreSQL server, each by a network of its own.',
  },
  standby: {
    short: 'PostgreSQL with a standby',
    about:
      'Two engines, one of them with two workers, on a PostgreSQL primary with a synchronous standby. At a fail-over the standby is promoted and the address leads to it; the former primary then follows it.',
  },
  hosts: {
    short: 'PostgreSQL with a standby, both in `connection_url`',
    about:
      'The same, but each engine knows the addresses of both servers and finds the primary. The former primary can be reached again for a while before it follows the new one.',
  },
}

function sectionOf(storage: StorageName, kinds: readonly Kind[]): string {
  const { short, about } = NAMES[storage]
  const rows = kinds
    .filter(kind => kind.storage === storage)
    .map(kind => [
      kind.disturbance,
      kind.served.length,
      kind.acknowledged,
      kind.lost,
      kind.spentTwice,
      kind.unknown,
      ...[0.5, 0.99, 1].map(part => seconds(quantile(kind.served, part))),
    ])
  const head = ['disturbance', 'times', 'acknowledged', 'lost', 'redeemed twice', 'unknown']
  const served = ['served again, s: median', 'p99', 'longest']
  return `## ${short}\n\n${about}\n\n${table([...head, ...served], rows)}`
}

const commitsOf = ({ commits }: Sums): string =>
  Object.entries(commits)
    .map(([commit, times]) => `${commit} (${times})`)
    .join(', ')

/** The smallest value that this part of all do not exceed. @param sorted in ascending order */
const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(2)

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.map(grouped).join(' | ')} |`
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'))
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}

const grouped = (cell: string | number): string =>
  typeof cell === 'string' ? cell : String(cell).replace(/\B(?=(\d{3})+$)/g, ' ')
