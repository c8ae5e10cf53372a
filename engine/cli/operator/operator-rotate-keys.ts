import { command } from '../command.ts'
import { replaceShares, type SharesWords, sharesFlags } from './replace-shares.ts'

const WORDS: SharesWords = {
  command: 'operator rotate-keys',
  noun: 'rotation',
  cancelled: 'rotation',
  paths: { barrier: 'sys/rotate/root', recovery: 'sys/rotate/recovery' },
  progress: 'Rotation Progress',
}

export const operatorRotateKeys = command({
  name: 'operator rotate-keys',
  summary: 'Generate new unseal or recovery keys',
  usage: '[options] [KEY | @FILE | -]',
  text: `
Does what "operator rekey" does, at the paths that OpenBao has had for it since 2.4. Each step requires a token, also providing a share.
One operator starts the rotation, a quorum provides the old shares, and a quorum of the new ones verifies them:

    $ postern operator rotate-keys -init -key-shares=5 -key-threshold=3
    $ postern operator rotate-keys
    $ postern operator rotate-keys -verify

With a seal key there are recovery shares instead of unseal shares:

    $ postern operator rotate-keys -target=recovery -init -key-shares=5 -key-threshold=3

With -init -verify=false the new shares are valid at once. The old ones stay valid, too, until a quorum of the new ones has been provided, to
verify them or to unseal. Without an argument, the share is prompted for and not echoed. Shares are not encrypted with PGP and never stored, so
the flags -pgp-keys and -backup do not exist. The exit code is 1 if no rotation is in progress, and 2 if the server refuses.`,
  flags: sharesFlags(WORDS),
  arguments: [0, 1],
  prints: 'format',
  onlyOnce: true,
  run: call => replaceShares(call, WORDS),
})
