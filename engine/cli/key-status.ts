import type { Client } from './client.ts'
import { during } from './failure.ts'
import type { Printer } from './print.ts'

/** Shows the key that the server encrypts with. */
export async function showKeyStatus(client: Client, print: Printer): Promise<void> {
  const reply = await during('Error reading key status', client.read('sys/key-status'))
  const data = reply?.data ?? {}
  await print.map(data, 'key status', [
    ['Key Term', String(data.term ?? '')],
    ['Install Time', String(data.install_time ?? '')],
    ['Encryption Count', String(data.encryptions ?? '')],
  ])
}
