import { isUtf8 } from 'node:buffer'
import { readFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { getSystemErrorMessage } from 'node:util'
import { withoutByteOrderMark } from '../../shared/byte-order-mark.ts'
import { jsonMistake } from '../../shared/json-mistake.ts'
import { isList, type Json, type JsonObject } from './envelope.ts'
import { Failure } from './failure.ts'
import { textValue } from './text-value.ts'

/**
 * Reads `k=v` words as Vault does: `k=@file` and `k=-` take the value from a file or from stdin, `@file` and `-` alone
 * merge a JSON object, `k=\@v` is a value that begins with `@`, and a key given again becomes a list. Contract §1.6. Unlike
 * Vault, {@link textValue} removes the newline at the end of a one-line value from a file or stdin.
 */
export async function parseData(
  words: readonly string[],
  stdin: () => Readable,
): Promise<JsonObject> {
  const input = once(stdin)
  const data = new Map<string, Json>()
  for (const word of words.filter(word => word !== '')) {
    const at = word.indexOf('=')
    if (at === -1) {
      for (const [key, value] of Object.entries(await objectFrom(word, input))) data.set(key, value)
    } else {
      const key = word.slice(0, at)
      add(data, key, await valueFrom(key, word.slice(at + 1), input))
    }
  }
  return Object.fromEntries(data)
}

/** Like {@link parseData}, for query parameters, where every value is a text or a list of texts. */
export async function parseQuery(
  words: readonly string[],
  stdin: () => Readable,
): Promise<Readonly<Record<string, string | readonly string[]>>> {
  const data = Object.entries(await parseData(words, stdin))
  return Object.fromEntries(
    data.map(([key, value]) => [key, isList(value) ? value.map(String) : String(value)]),
  )
}

function add(data: Map<string, Json>, key: string, value: string): void {
  const before = data.get(key)
  if (before === undefined) data.set(key, value)
  else data.set(key, Array.isArray(before) ? [...before, value] : [before, value])
}

async function valueFrom(key: string, raw: string, input: () => Promise<string>): Promise<string> {
  if (raw === '-') return textValue(await input())
  if (raw.startsWith('\\@')) return raw.slice(1)
  return raw.startsWith('@') ? textValue(await contents(raw.slice(1), key)) : raw
}

async function objectFrom(word: string, input: () => Promise<string>): Promise<JsonObject> {
  if (word !== '-' && !word.startsWith('@'))
    throw new Failure(
      // the word is not shown: it may be a password without its name
      'Failed to parse K=V data: invalid key/value pair: format must be key=value',
    )
  const source = word === '-' ? 'standard input' : 'the file'
  const json = word === '-' ? await input() : await contents(word.slice(1), 'data')
  const parsed = jsonOf(withoutByteOrderMark(json), source)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new Failure(
      `Failed to parse K=V data: ${source} is not a JSON object, such as {"key": "value"}`,
    )
  return parsed as JsonObject
}

function jsonOf(text: string, source: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const { line, column, cutShort } = jsonMistake(text)
    const what = cutShort ? 'it ends too early' : 'what stands there is not JSON'
    throw new Failure(
      `Failed to parse K=V data: ${source} is not a JSON object, such as {"key": "value"}: line ${line}, column ${column}: ${what}`,
    )
  }
}

async function contents(path: string, key: string): Promise<string> {
  try {
    return utf8(await readFile(path), `the file for ${key}`)
  } catch (error) {
    if (error instanceof Failure) throw error
    // the path is not shown: it may be a password that begins with @
    const { errno } = error as NodeJS.ErrnoException
    const reason = errno === undefined ? 'it cannot be read' : getSystemErrorMessage(errno)
    throw new Failure(
      `Failed to parse K=V data: error reading the file for ${key}: ${reason}. A value that begins with @ is written \\@…`,
    )
  }
}

/** @throws {Failure} for other encodings, such as UTF-16 of PowerShell, whose invalid bytes would all become the same character */
function utf8(bytes: Buffer, source: string): string {
  if (isUtf8(bytes)) return bytes.toString()
  throw new Failure(`Failed to parse K=V data: ${source} is not UTF-8 text`)
}

/** Standard input, which can be read only once. */
function once(stdin: () => Readable): () => Promise<string> {
  let used = false
  return async () => {
    if (used) throw new Failure('Failed to parse K=V data: stdin already consumed')
    used = true
    return utf8(await buffer(stdin()), 'standard input')
  }
}
