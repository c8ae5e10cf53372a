import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'chai'

/** What differs from run to run, and what stands for it. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>'],
  [/hvs\.[\w-]+/g, '<token>'],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>'],
  [/\b1[789]\d{8}\b/g, '<seconds>'],
  [/(_)[0-9a-f]{8}\b/g, '$1<id>'],
  [/\b[0-9a-f]{24}\b/g, '<id>'],
  // of all that is written, which a change elsewhere may add to
  [/("encryptions": |^Encryption Count +)[1-9]\d*/gm, '$1<count>'],
  [/\b(ttl"?:? +)(?:29\d|300|4m\d+s|5m|27647\d\d|2764800|767h59m\d+s|768h)(?![\w])/g, '$1<left>'],
  [/hmac-sha256:[0-9a-f]{64}/g, '<hmac>'],
  [/(?<![\w+/-])[\w+/-]{43}(?![\w+/-])/g, '<public key>'],
  [/postern\.\d+\.\d+\.\d+/g, 'postern.<version>'],
  [/AAAA[\w+/=]{40,}/g, '<key>'],
  [/http:\/\/127\.0\.0\.1:\d+/g, '<address>'],
]

/**
 * Files of expected output, a section for each command typed. With POSTERN_WRITE_GOLDEN=1 what is printed is written to the file in place
 * of being compared with it.
 */
export class Golden {
  readonly #file: string
  readonly #writes = process.env.POSTERN_WRITE_GOLDEN === '1'
  readonly #sections: Map<string, string>
  readonly #seen = new Set<string>()

  constructor(file: string) {
    this.#file = file
    const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
    const parts = text.split(/^\$ (.+)\n/m).slice(1)
    this.#sections = new Map()
    for (let at = 0; at < parts.length; at += 2)
      this.#sections.set(parts[at] ?? '', parts[at + 1] ?? '')
  }

  /**
   * @param typed the command, of which there is one section
   * @param folder the directory of this test, whose name varies
   */
  expect(typed: string, printed: string, folder: string): void {
    const plain = VARYING.reduce(
      (text, [pattern, by]) => text.replace(pattern, by),
      printed.replaceAll(folder, '<folder>'),
    )
    const text = `${plain.trimEnd()}\n\n`
    this.#seen.add(typed)
    if (this.#writes) this.#sections.set(typed, text)
    else expect(text, `${this.#file}, $ ${typed}`).to.equal(this.#sections.get(typed))
  }

  /**
   * Requires that every section was printed, or writes those that were.
   * @param isWhole whether all tests ran, and passed: only then is a section that was not printed one too many
   */
  end(isWhole: boolean): void {
    const unseen = [...this.#sections.keys()].filter(typed => !this.#seen.has(typed))
    if (!this.#writes) {
      if (isWhole) expect(unseen, `unused in ${this.#file}`).to.deep.equal([])
      return
    }
    const kept = isWhole ? this.#seen : this.#sections.keys()
    const texts = [...kept].toSorted().map(typed => `$ ${typed}\n${this.#sections.get(typed)}`)
    writeFileSync(this.#file, texts.join(''))
  }
}
