import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect } from 'chai'
import { callingSsh, destinationIn } from '../../../../../engine/cli/ssh/config/calling-ssh.ts'

describe('The arguments of the ssh that asks', () => {
  for (const [what, words, kept] of [
    ['a host', 'web', 'web'],
    [
      'the way to the host',
      '-F file -J gate -p 2222 -4 ann@web',
      '-F file -J gate -p 2222 -4 ann@web',
    ],
    ['no command', 'web -l ann rm -p 1', '-l ann web'],
    ['no forwardings', '-N -f -L 1:a:2 -R 3:b:4 -D 5 -A -X -t web', 'web'],
    ['no sharing', '-S path -o ControlMaster=auto -oControlPath=x web', 'web'],
    [
      'other options',
      '-o StrictHostKeyChecking=no -o RemoteCommand=ls web',
      '-o StrictHostKeyChecking=no web',
    ],
    [
      'what scp gives',
      '-x -oPermitLocalCommand=no -oClearAllForwardings=yes -l ann -s -- web sftp',
      '-l ann web',
    ],
  ] as const)
    it(`are kept: ${what}`, () => {
      expect(destinationIn(words.split(' ')).join(' ')).to.equal(kept)
    })

  const asked = { host: 'web', user: 'nobody-else', port: '2222', flags: [] }

  /** A process with these arguments, which is no ssh. */
  async function started(words: readonly string[]) {
    const child = spawn('sleep', ['9', ...words], { stdio: 'ignore' })
    await once(child, 'spawn')
    return { pid: child.pid ?? 0, [Symbol.dispose]: () => void child.kill() }
  }

  it('are what it said itself, if they are for another host', async () => {
    using other = await started(['-J', 'gate', 'db'])
    expect(callingSsh(other.pid, asked)).to.deep.equal({
      ...{ pid: other.pid, executable: 'ssh', sharing: [], needsNoLogin: false },
      words: ['-p', '2222', '-l', 'nobody-else', 'web'],
    })
  })

  it('are what it said itself, without its own user, if there is no such process', () => {
    const { words } = callingSsh(2 ** 22 + 1, { ...asked, port: '22' })
    expect(words).to.deep.equal(['-l', 'nobody-else', 'web'])
  })
})
