import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const SCRIPTS = join(import.meta.dirname, 'lab')

/** How a command in the lab ended. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  /** Milliseconds. */
  readonly timeout?: number
}

interface HostOptions {
  readonly name: string
  readonly ip4: string
  readonly ip6: string
  /** Bash, run in the host as root before its sshd starts. */
  readonly setup: string
  /** Folder that the host sees as /setup. */
  readonly folder: string
  /** Root file system in place of the machine's. */
  readonly root?: string | undefined
}

interface BootOptions extends Omit<HostOptions, 'setup' | 'root'> {
  /** Root file system, which has systemd. */
  readonly root: string
}

/**
 * A place apart from the machine, with a network and processes of its own, for real hosts with a real sshd. All that was started
 * in it dies when it is disposed, and also when this process dies.
 */
export class Lab {
  readonly #process: ChildProcess
  readonly #pid: number

  private constructor(process: ChildProcess, pid: number) {
    this.#process = process
    this.#pid = pid
  }

  /** @throws {Error} that says what is needed where the machine cannot make one */
  static async start(): Promise<Lab> {
    const child = spawn(join(SCRIPTS, 'lab'), { stdio: ['pipe', 'pipe', 'pipe'] })
    let stderr = ''
    child.stderr.on('data', text => {
      stderr += text
    })
    const ready = await Promise.race([
      once(child.stdout, 'data').then(() => true),
      once(child, 'exit').then(() => false),
    ])
    if (!ready) throw new Error(`this machine cannot make a lab: ${stderr.trim()}`)
    const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
    return new Lab(child, Number(children.trim().split(' ')[0]))
  }

  /** Runs a command in the lab's network and sees how it ended. */
  run(command: readonly string[], options: RunOptions = {}): Promise<Ended> {
    const { env = {}, input = '', timeout = 60_000 } = options
    const [program = '', ...words] = this.entering(command)
    return new Promise(resolve => {
      const settings = {
        env: { PATH: process.env.PATH, ...env },
        timeout,
        maxBuffer: 64 * 1024 * 1024,
      }
      const child = execFile(program, words, settings, (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : 128) : 0
        resolve({ code, stdout, stderr })
      })
      child.stdin?.on('error', () => undefined)
      child.stdin?.end(input)
    })
  }

  /** Starts a command in the lab's network and leaves it running. */
  start(command: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    const [program = '', ...words] = this.entering(command)
    return spawn(program, words, {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** Makes a host with an sshd on port 22. @throws {Error} with what the host printed, if its set-up fails */
  async host({ name, ip4, ip6, setup, folder, root }: HostOptions): Promise<Host> {
    const script = join(folder, `${name}.setup`)
    await writeFile(script, setup)
    const words = ['up', name, ip4, ip6, script, folder, ...(root ? [root] : [])]
    const made = await this.run([join(SCRIPTS, 'host'), ...words])
    if (made.code !== 0)
      throw new Error(`host ${name} did not start:\n${made.stdout}${made.stderr}`)
    return new Host(this, { name, ip4, ip6 })
  }

  /** Makes a host whose process 1 is systemd, which need not have started everything yet. Needs root. */
  async boot({ name, ip4, ip6, folder, root }: BootOptions) {
    const made = await this.run([join(SCRIPTS, 'booted'), 'up', name, ip4, ip6, folder, root])
    if (made.code !== 0) throw new Error(`${name} did not boot: ${made.stderr}`)
    return new Host(this, { name, ip4, ip6 })
  }

  /** Ends all hosts that were booted. */
  async shutDown(): Promise<void> {
    await this.run([join(SCRIPTS, 'booted'), 'down'])
  }

  /** Ends a host and all that runs in it. */
  async remove({ name }: Host): Promise<void> {
    await this.run([join(SCRIPTS, 'host'), 'down', name])
  }

  async [Symbol.asyncDispose]() {
    this.#process.stdin?.end()
    if (this.#process.exitCode === null && this.#process.signalCode === null)
      await once(this.#process, 'exit')
  }

  /** The words that run a command in the lab's network, for programs that start programs themselves. */
  entering(command: readonly string[]): readonly string[] {
    const spaces = ['--mount', '--net', '--pid', `--wdns=${process.cwd()}`]
    const own = process.getuid?.() === 0 ? [] : ['--user', '--preserve-credentials']
    return ['nsenter', '-t', String(this.#pid), ...own, ...spaces, '--', ...command]
  }
}

/** A host in a lab. */
export class Host {
  readonly name: string
  readonly ip4: string
  readonly ip6: string
  readonly #lab: Lab

  constructor(lab: Lab, { name, ip4, ip6 }: Pick<HostOptions, 'name' | 'ip4' | 'ip6'>) {
    this.#lab = lab
    this.name = name
    this.ip4 = ip4
    this.ip6 = ip6
  }

  /** Runs a command in the host, as root. */
  run(command: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return this.#lab.run([join(SCRIPTS, 'host'), 'run', this.name, ...command], options)
  }

  /** All that a file of the host holds; nothing if it is not there. */
  async read(file: string): Promise<string> {
    return (await this.run(['cat', file])).stdout
  }
}
