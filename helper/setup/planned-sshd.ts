import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { outputOf } from '../commands/run-program.ts'
import { parseSshdSettings, type SshdSettings } from '../commands/sshd-settings.ts'
import { Refusal } from '../refusal.ts'

const FOLDER = '/etc/ssh/sshd_config.d'

/** A login that sshd is asked about. */
export interface SshdLogin {
  readonly user: string
  /** Address of the client. */
  readonly address: string
}

/** What sshd's configuration would be with a file changed, without changing it. */
export class PlannedSshd {
  readonly #sshd: string
  readonly #config: string

  /**
   * @param folder for a copy of the configuration
   * @param config sshd's present configuration file
   * @param change the file that will be written, and its text
   */
  constructor(
    sshd: string,
    folder: string,
    {
      config,
      change,
    }: {
      readonly config: string
      readonly change: { readonly file: string; readonly text: string }
    },
  ) {
    this.#sshd = sshd
    this.#config = join(folder, 'sshd_config')
    const copies = join(folder, 'sshd_config.d')
    rmSync(copies, { recursive: true, force: true })
    mkdirSync(copies, { recursive: true, mode: 0o700 })
    const names = existsSync(FOLDER)
      ? readdirSync(FOLDER).filter(name => name.endsWith('.conf'))
      : []
    for (const name of names) writeFileSync(join(copies, name), readFileSync(join(FOLDER, name)))
    const isDropIn = change.file.startsWith(`${FOLDER}/`)
    if (isDropIn) writeFileSync(join(copies, change.file.slice(FOLDER.length + 1)), change.text)
    const text = isDropIn ? readFileSync(config, 'utf8') : change.text
    // "Include sshd_config.d/*.conf" is relative to /etc/ssh
    writeFileSync(
      this.#config,
      text.replace(/^(\s*Include\s.*)$/gim, line =>
        line.replace(/(?:\/etc\/ssh\/)?sshd_config\.d\//g, `${copies}/`),
      ),
    )
  }

  /** sshd's settings for all logins. @throws {Refusal} if sshd could not start with them */
  settings(): SshdSettings {
    return parseSshdSettings(this.#ask([]))
  }

  /** What `sshd -T -C` prints for one login. @throws {Refusal} if sshd could not start */
  settingsFor({ user, address }: SshdLogin): string {
    return this.#ask(['-C', `user=${user},host=${address},addr=${address}`])
  }

  #ask(more: readonly string[]): string {
    return outputOf('sshd could not start with these settings', [
      ...[this.#sshd, '-T', '-f', this.#config],
      ...more,
    ])
  }

  /** @throws {Refusal} that names a setting which another file of sshd sets first */
  requireEffective(wanted: string): void {
    const found = this.settings()
    for (const line of wanted.split('\n')) {
      const [, name = '', value = ''] = /^([A-Za-z]+)\s+(\S.*)$/.exec(line) ?? []
      if (!CHECKED.includes(name)) continue
      const effective = found.get(name.toLowerCase())
      if (effective === undefined || effective === value) continue
      throw new Refusal(
        'settings',
        `sshd would have ${name} ${effective}, not ${value}, since ${this.#setBy(name)} comes first: take that line out`,
      )
    }
  }

  #setBy(name: string): string {
    const names = existsSync(FOLDER) ? readdirSync(FOLDER).toSorted() : []
    const files = [...names.map(each => `${FOLDER}/${each}`), '/etc/ssh/sshd_config']
    const pattern = new RegExp(`^\\s*${name}\\s`, 'im')
    return (
      files.find(
        file =>
          existsSync(file) &&
          !file.endsWith('/10-postern.conf') &&
          pattern.test(readFileSync(file, 'utf8')),
      ) ?? 'another file'
    )
  }
}

/** Settings without which one-time passwords do not work, or others do. Limits may be as another file has them. */
const CHECKED = [
  'PAMServiceName',
  'UsePAM',
  'KbdInteractiveAuthentication',
  'PasswordAuthentication',
]
