import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { string } from '../../../shared/field.ts'
import { systemReason } from '../../../shared/system-reason.ts'
import { command } from '../command.ts'
import { EXIT, Failure } from '../failure.ts'
import { writeNewFile } from '../new-file.ts'
import { Progress } from '../progress.ts'
import { collect, machinePart, type Part, serverParts } from './collect.ts'
import { tar } from './tar.ts'

export const debug = command({
  name: 'debug',
  summary: 'Write a support bundle, without secrets',
  usage: '[options]',
  text: `
Writes a new archive, mode 0600, with what others need to help: versions, the status and settings of the server, its metrics, its mounts, and the names of roles and policies. It has no tokens, keys, passwords, leases, hosts and users. What you may not read is left out, and named in index.json. Look at it before you pass it on.

    $ postern debug

With the configuration file of the engine, whose secrets are left out:

    $ postern debug -config=engine.toml -output=support.tar.gz

The policy "support" of docs/policies.md is enough.`,
  flags: {
    output: string({
      description: 'New file. The default is postern-debug-TIME.tar.gz in this directory.',
      default: '',
    }),
    config: string({ description: 'Configuration file of the engine to include.', default: '' }),
  },
  arguments: [0, 0],
  prints: 'field',
  async run({ flags: { output, config }, print, io, connect }) {
    const at = new Date()
    const time = at.toISOString().replace(/[-:]|\.\d+/g, '')
    const file = output || `postern-debug-${time}.tar.gz`
    const progress = new Progress(io)
    const parts = [
      machinePart(io.environment, io.version),
      ...serverParts(connect({ wrapTtl: undefined })),
      ...(config === '' ? [] : [configPart(config)]),
    ]
    const { files, missing } = await collect(parts, name => progress.tell(`${name} …`))
    const index = { created: at.toISOString(), files: files.map(({ name }) => name), missing }
    const all = [{ name: 'index.json', contents: `${JSON.stringify(index, null, 2)}\n` }, ...files]
    const folder = `postern-debug-${time}`
    const archive = tar(
      all.map(each => ({ ...each, name: `${folder}/${each.name}` })),
      at.getTime(),
    )
    save(file, gzipSync(archive))
    const reasons = Object.entries(missing)
    for (const [name, reason] of reasons) print.note(`Without ${name}: ${inOneLine(reason)}`)
    if (reasons.some(([, reason]) => isRefusal(reason))) print.note(WHAT_IT_TAKES)
    const rows = [
      ['file', file],
      ['files', `${all.length}, named in index.json`],
    ]
    await print.map({ file, files: index.files, missing }, 'bundle', rows)
    return EXIT.ok
  },
})

const configPart = (file: string): Part => ({
  name: 'engine-config.json',
  async contents() {
    // loaded on demand: no other command reads TOML
    const { redactedConfig } = await import('./redacted-config.ts')
    return `${JSON.stringify(redactedConfig(await readFile(file, 'utf8')), null, 2)}\n`
  },
})

function save(file: string, bytes: Buffer): void {
  try {
    writeNewFile(file, bytes)
  } catch (error) {
    throw new Failure(`Error writing ${file}: ${systemReason(error)}`, EXIT.local, { cause: error })
  }
}

const WHAT_IT_TAKES =
  'A token with the policy "support" of docs/policies.md may read all of it. index.json has the whole messages.'

const isRefusal = (reason: string) => reason.includes('permission denied')

/** The path and the last error of a refused request; other reasons as they are. */
function inOneLine(reason: string): string {
  const [, path] = /^URL: \S+ \S+?\/v1\/(\S+)$/m.exec(reason) ?? []
  const error = [...reason.matchAll(/^\s*\* (.+)$/gm)].at(-1)?.[1]
  return path === undefined || error === undefined ? reason : `${path}: ${error}`
}
