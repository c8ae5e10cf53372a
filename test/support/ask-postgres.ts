import pg from 'pg'

/** Milliseconds to connect. */
const CONNECT = 2000

/** Asks a PostgreSQL server something, on a connection of its own. */
export async function askPostgres(
  url: string,
  text: string,
): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}
