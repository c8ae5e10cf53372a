import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CommandLine, commandLine, type Ended } from './command-line.ts'

/** Stands in for ssh: notes what it was given, and asks what FAKE_PROMPTS says, a prompt a line. */
const FAKE = `#!/bin/sh
case $1 in
  -V) echo "\${FAKE_VERSION:-OpenSSH_9.2p1}" >&2; exit 0 ;;
  -G) [ -e "$FAKE/plan" ] && exec cat "$FAKE/plan"; exec /usr/bin/ssh -F /dev/null "$@" ;;
esac
case $2 in BatchMode=yes) printf '%b\\n' "$FAKE_REFUSAL" >&2; exit 255 ;; esac
printf '%s\\n' "$@" > "$FAKE/words"
env > "$FAKE/environment"
ps -eo args > "$FAKE/processes"
printf '%s\\n' "$FAKE_PROMPTS" | while IFS= read -r prompt; do
  [ -z "$prompt" ] || "$SSH_ASKPASS" "$prompt" >> "$FAKE/answers" 2>&1 || echo "refused" >> "$FAKE/answers"
done
[ -z "$FAKE_RUN" ] || sh -c "$FAKE_RUN" > /dev/null
exit "\${FAKE_EXIT:-0}"
`

/** A role `web`, and `postern ssh` with a program in place of ssh, for a user who has the policy that docs/policies.md says it takes. */
export interface FakeSsh extends AsyncDisposable {
  readonly line: CommandLine
  /** Of the user. */
  token: string
  /** Of every run. */
  readonly environment: Readonly<Record<string, string | undefined>>
  ssh(words: string, environment?: Readonly<Record<string, string>>): Promise<Ended>
  /** What the program has noted; undefined if nothing. */
  note(name: string): string | undefined
  forget(name: string): void
  /** The leases that have not ended. */
  leases(): Promise<string>
}

export const PROMPT = { FAKE_PROMPTS: '(ubuntu@10.1.2.3) Password: ' }
export const ROOT = { POSTERN_TOKEN: 'root' }

export async function fakeSsh(): Promise<FakeSsh> {
  const line = await commandLine()
  const path = join(line.folder, 'ssh')
  writeFileSync(path, FAKE)
  chmodSync(path, 0o755)
  await line.must('secrets enable ssh')
  await line.must(
    'write ssh/roles/web key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8 port=2222',
  )
  await line.run(['policy', 'write', 'otp-user', '-'], {
    input: 'path "ssh/creds/web" { capabilities = ["update"] }',
  })
  const fake: FakeSsh = {
    line,
    token: await line.must('token create -policy=otp-user -field=token'),
    ssh: (words, environment = {}) =>
      line.run(['ssh', ...words.split(' ')], {
        environment: { ...fake.environment, ...environment },
      }),
    get environment() {
      return {
        POSTERN_TOKEN: fake.token,
        ADDRESS: line.address,
        FAKE: line.folder,
        PATH: `${line.folder}:${process.env.PATH}`,
        XDG_RUNTIME_DIR: line.folder,
      }
    },
    note(name) {
      const file = join(line.folder, name)
      return existsSync(file) ? readFileSync(file, 'utf8') : undefined
    },
    forget: name => rmSync(join(line.folder, name)),
    leases: async () => (await line.run(['list', 'sys/leases/lookup/ssh/creds/web'])).out,
    [Symbol.asyncDispose]: () => line[Symbol.asyncDispose](),
  }
  return fake
}

/** Has the program redeem what it was given. */
export const REDEEM = `curl -s -X PUT -d "{\\"otp\\":\\"$(cat $FAKE/answers)\\"}" $ADDRESS/v1/ssh/verify > $FAKE/verified`
