import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect } from 'chai'
import { parseData, parseQuery } from '../../../engine/cli/data.ts'

describe('Data of a command', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-data-'))
    writeFileSync(join(folder, 'key.pem'), 'line 1\nline 2\n')
    writeFileSync(join(folder, 'role.json'), '{"port": 22, "extensions": {"permit-pty": ""}}')
    writeFileSync(join(folder, 'password'), 'correct horse\n')
    writeFileSync(join(folder, 'windows'), '\ufeffcorrect horse\r\n')
    writeFileSync(join(folder, 'windows.json'), '\ufeff{"port": 22}\r\n')
    writeFileSync(join(folder, 'utf16'), Buffer.from('\ufeffhunter2\r\n', 'utf16le'))
    writeFileSync(join(folder, 'comma.json'), '{\n  "password": "hunter2",\n}\n')
  })
  after(() => rmSync(folder, { recursive: true }))

  const input = (text: string) => () => Readable.from([text])
  const parse = (words: readonly string[], text = '') =>
    parseData(
      words.map(word => word.replace('FOLDER', folder)),
      input(text),
    )

  for (const [why, words, text, data] of [
    ['pairs, as texts', ['a=1', 'b=true', 'c='], '', { a: '1', b: 'true', c: '' }],
    ['a value with equals signs', ['a=b=c'], '', { a: 'b=c' }],
    ['a file', ['key=@FOLDER/key.pem'], '', { key: 'line 1\nline 2\n' }],
    ['a value that begins with @', ['user=\\@root'], '', { user: '@root' }],
    ['a line of a file', ['password=@FOLDER/password'], '', { password: 'correct horse' }],
    ['one that Windows wrote', ['password=@FOLDER/windows'], '', { password: 'correct horse' }],
    ['standard input as a value', ['key=-', 'a=1'], 'secret\n', { key: 'secret', a: '1' }],
    ['all newlines but one at the end', ['key=-'], 'secret\n\n', { key: 'secret\n\n' }],
    ['a newline alone', ['key=-'], '\n', { key: '' }],
    ['a newline that was typed', ['key=secret\n'], '', { key: 'secret\n' }],
    ['an object after a byte order mark', ['@FOLDER/windows.json'], '', { port: 22 }],
    ['standard input as an object', ['-', 'a=1'], '{"b": 2}', { b: 2, a: '1' }],
    [
      'a file as an object',
      ['@FOLDER/role.json', 'a=1'],
      '',
      { port: 22, extensions: { 'permit-pty': '' }, a: '1' },
    ],
    ['a key that is given again', ['a=1', 'a=2', 'a=3'], '', { a: ['1', '2', '3'] }],
    ['empty words', ['', 'a=1'], '', { a: '1' }],
    [
      'a key that JavaScript has, too',
      ['constructor=x', 'toString=y'],
      '',
      { constructor: 'x', toString: 'y' },
    ],
  ] as const)
    it(`reads ${why}`, async () => {
      expect(await parse(words, text)).to.deep.equal(data)
    })

  for (const [why, words, text, message] of [
    ['a word without a value', ['hunter2'], '', 'invalid key/value pair: format must be key=value'],
    [
      'a file that is not there',
      ['key=@FOLDER/none'],
      '',
      'error reading the file for key: no such file or directory. A value that begins with @ is written \\@…',
    ],
    [
      'a value that is no file',
      ['password=@hunter2'],
      '',
      'error reading the file for password: no such file or directory',
    ],
    [
      'a word that is no file',
      ['@hunter2'],
      '',
      'error reading the file for data: no such file or directory',
    ],
    ['a name with a NUL', ['password=@hunter2\0'], '', 'error reading the file for password'],
    [
      'an object with a comma too many',
      ['@FOLDER/comma.json'],
      '',
      'the file is not a JSON object, such as {"key": "value"}: line 3, column 1: what stands there is not JSON',
    ],
    ['UTF-16', ['password=@FOLDER/utf16'], '', 'the file for password is not UTF-8 text'],
    ['half an object', ['-'], '{"password": "hunter2"', 'line 1, column 23: it ends too early'],
    ['a list on standard input', ['-'], '[1]', 'standard input is not a JSON object'],
    ['text on standard input', ['-'], 'hunter2', 'standard input is not a JSON object'],
    ['standard input twice', ['a=-', 'b=-'], 'x', 'stdin already consumed'],
  ] as const)
    it(`refuses ${why}`, async () => {
      const error = await parse(words, text).catch((error: Error) => error)
      expect(error).to.be.instanceOf(Error)
      expect((error as Error).message).to.include(message)
      expect((error as Error).message).not.to.include('hunter2')
    })

  it('makes texts of what goes into a query', async () => {
    const query = await parseQuery(['-', 'a=1', 'a=2'], input('{"port": 22, "deep": true}'))
    expect(query).to.deep.equal({ port: '22', deep: 'true', a: ['1', '2'] })
  })
})
