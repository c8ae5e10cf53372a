import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decisionsIndex } from './decisions-index.ts'
import { manual } from './manual.ts'
import { reference } from './reference.ts'

const docs = join(import.meta.dirname, '../../docs')
for (const [folder, pages] of [
  ['reference', reference()],
  ['man', manual()],
  ['decisions', { 'README.md': decisionsIndex() }],
] as const) {
  mkdirSync(join(docs, folder), { recursive: true })
  for (const [name, text] of Object.entries(pages)) {
    writeFileSync(join(docs, folder, name), text)
    console.log(`docs/${folder}/${name}: written`)
  }
}
