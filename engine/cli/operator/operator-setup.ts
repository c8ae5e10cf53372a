import { command } from '../command.ts'
import { SETUP_FLAGS } from './setup/setup-flags.ts'

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
  // loaded only when it runs, so that all other commands start fast
  run: async call => (await import('./setup/run-setup.ts')).runSetup(call),
})
