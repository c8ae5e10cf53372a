import type { Client } from '../client.ts'
import type { Printer } from '../print.ts'
import { dataOf } from '../reply.ts'
import { valueText } from '../value-text.ts'

/** Shows the key that the server encrypts with. */
export async function showKeyStatus(client: Client, print: Printer): Promise<void> {
  const data = await dataOf('Error reading key status', client.read('sys/key-status'))
  await print.map(data, 'key status', [
    ['Key Term', valueText(data.term ?? '')],
    ['Install Time', valueText(data.install_time ?? '')],
    ['Encryption Count', valueText(data.encryptions ?? '')],
  ])
}
