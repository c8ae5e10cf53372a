import { expect } from 'chai'
import { agentSocket, expandHome, homeIn, systemOf } from '../../../engine/cli/system.ts'

const [linux, mac, windows] = [systemOf('linux'), systemOf('darwin'), systemOf('win32')]

describe('The system of a user', () => {
  it('names the directory of the user', () => {
    const environment = { HOME: '', USERPROFILE: 'C:\\Users\\ann' }
    expect(homeIn(environment, windows)).to.equal('C:\\Users\\ann')
    expect(homeIn(environment, linux)).to.equal(undefined)
    expect(homeIn({ ...environment, HOME: '/home/ann' }, windows)).to.equal('/home/ann')
  })

  it('has an agent where SSH_AUTH_SOCK names one, or in the pipe of Windows', () => {
    expect(agentSocket({ SSH_AUTH_SOCK: '/run/agent' }, linux)).to.equal('/run/agent')
    expect(agentSocket({ SSH_AUTH_SOCK: '' }, linux)).to.equal(undefined)
    expect(agentSocket({}, mac)).to.equal(undefined)
    expect(agentSocket({}, windows)).to.equal('\\\\.\\pipe\\openssh-ssh-agent')
  })

  it('opens pages with its own program', () => {
    expect(linux.openPage).to.deep.equal(['xdg-open'])
    expect(mac.openPage).to.deep.equal(['open'])
    expect(windows.openPage[0]).to.equal('rundll32')
  })

  it('expands a tilde as ssh does', () => {
    expect(expandHome('~/.ssh/key', { HOME: '/home/ann' })).to.equal('/home/ann/.ssh/key')
    expect(expandHome('/etc/~/key', { HOME: '/home/ann' })).to.equal('/etc/~/key')
  })
})
