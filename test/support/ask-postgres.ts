import pg from 'pg'

/** Milliseconds to connect to a server that may be away. */
const CONNECT = 2000

/** Asks a PostgreSQL server something, on a connection of its own. @param connect milliseconds for that */
export async function askPostgres(
  url: string,
  text: string,
  connect = CONNECT,
): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connect })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}
