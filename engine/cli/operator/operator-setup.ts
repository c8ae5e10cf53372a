import { command } from '../command.ts'
import { EXIT, Failure } from '../failure.ts'
import { checkSetup } from './setup/check-setup.ts'
import { engineClients } from './setup/engine-client.ts'
import { Installation } from './setup/installation.ts'
import { performSetup } from './setup/perform-setup.ts'
import { rowsOf } from './setup/run-steps.ts'
import { answers } from './setup/service-steps.ts'
import { SETUP_FLAGS, type SetupCall } from './setup/setup-flags.ts'
import { PATHS } from './setup/setup-paths.ts'
import { readPlan } from './setup/setup-plan.ts'
import { undoSetup } from './setup/undo-setup.ts'

export const operatorSetup = command({
  name: 'operator setup',
  summary: 'Set up the engine on this machine',
  usage: '[options]',
  text: `
Makes an engine of this machine, as root: the user postern, a private CA that can issue certificates only for this machine, a server
certificate, a seal key, the configuration, the service, the keys of the storage, the audit log and a first administrator. At the end it
revokes the root token and prints the fingerprint of the CA and the command that sets up a host.

To see what it would do, and what is in the way:

    $ postern operator setup -check -diff

To do it. It asks for the name and password of the first administrator, and shows the shares of the recovery key, the seal key and the
root token once. It writes them to no file:

    $ postern operator setup -name=engine.example.com

With a certificate of your own:

    $ postern operator setup -tls-cert=/tls/a.crt -tls-key=/tls/a.key -tls-ca=/tls/ca

For programs. Standard output is one JSON document with the shares:

    $ postern operator setup -admin=alice -admin-password-file=pw -format=json

A run that was cut short can be repeated: what is done is left out. To take everything back, with and without the data:

    $ postern operator setup -undo
    $ postern operator setup -undo -delete-data

The exit code is:

    0  done, or nothing is in the way
    1  a step failed; the message says which, and how to go on
    2  -check: something is in the way
    3  no systemd runs here: start the engine as printed, and run this command again`,
  flags: SETUP_FLAGS,
  arguments: [0, 0],
  besideEngine: true,
  prints: 'format',
  local: true,
  async run(call) {
    const { flags, io } = call
    if (flags.undo) return undo(call)
    if (flags['delete-data']) throw new Failure('-delete-data belongs to -undo')
    if (flags.diff && !flags.check) throw new Failure('-diff belongs to -check')
    const installation = new Installation(PATHS.record)
    const plan = readPlan(flags, io.self, installation.record.plan)
    const parts = { call, plan, installation }
    return flags.check ? checkSetup(parts) : performSetup(parts)
  },
})

async function undo({ flags, print, io, connect }: SetupCall): Promise<number> {
  if (process.geteuid?.() !== 0) throw new Failure('this user is not root: run it with sudo')
  const installation = new Installation(PATHS.record)
  if (installation.isEmpty) {
    print.note('nothing to undo: there is no record of a set-up')
    return EXIT.ok
  }
  const { plan } = installation.record
  const clients = plan && engineClients(readPlan({}, io.self, plan), connect)
  const outcomes = await undoSetup({
    ...{ installation, deletesData: flags['delete-data'] },
    isRunning: async () => clients !== undefined && (await answers(clients())),
  })
  const rows = outcomes.map(({ name, what }) => [name, what])
  await print.rows(rowsOf(outcomes), ['Name', 'State'], rows)
  return EXIT.ok
}
