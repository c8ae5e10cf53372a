import type { Client } from '../client.ts'
import type { Printer } from '../print.ts'
import { dataOf } from '../reply.ts'
import { valueText } from '../value-text.ts'

/** Prints the term and the use of the current encryption key. */
export async function showKeyStatus(client: Client, print: Printer): Promise<void> {
  const data = await dataOf('Error reading key status', client.read('sys/key-status'))
  await print.map(data, 'key status', [
    ['Key Term', valueText(data.term ?? '')],
    ['Install Time', valueText(data.install_time ?? '')],
    ['Encryption Count', valueText(data.encryptions ?? '')],
  ])
}
