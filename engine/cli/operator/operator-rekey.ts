import { command } from '../command.ts'
import { replaceShares, type SharesWords, sharesFlags } from './replace-shares.ts'

const WORDS: SharesWords = {
  command: 'operator rekey',
  noun: 'rekey',
  cancelled: 'rekeying',
  paths: { barrier: 'sys/rekey', recovery: 'sys/rekey-recovery-key' },
  progress: 'Progress',
}

export const operatorRekey = command({
  name: 'operator rekey',
  summary: 'Replace the shares of the unseal or recovery key',
  usage: '[options] [KEY | @FILE | -]',
  text: `
Generates new shares of the unseal key or of the recovery key. One operator starts the rekey. Then a quorum of operators provide their old
shares, and the last of them sees the new ones. The old shares stay valid until a quorum of the new ones has been verified, so that none can
be lost in between:

    $ postern operator rekey -init -key-shares=5 -key-threshold=3
    $ postern operator rekey
    $ postern operator rekey -verify

With a seal key there are recovery shares instead of unseal shares. Give -target=recovery with each of these commands:

    $ postern operator rekey -target=recovery -init -key-shares=5 -key-threshold=3

With -init -verify=false the new shares are valid at once. The old ones stay valid, too, until a quorum of the new ones has been provided, to
verify them or to unseal.

Starting a rekey requires a token. Before providing a share, compare the nonce with the one that -init printed: another one may have
been started. Without an argument, the share is prompted for and not echoed. To change the key that the storage is encrypted with, use
"operator rotate".`,
  flags: sharesFlags(WORDS),
  arguments: [0, 1],
  prints: 'format',
  onlyOnce: true,
  run: call => replaceShares(call, WORDS),
})
