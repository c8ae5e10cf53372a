import { expect } from 'chai'
import { Keygen } from '../../support/keygen.ts'
import { type FakeSsh, fakeSsh, PROMPT } from './fake-ssh.ts'

const LOOKUP = 'path "ssh/lookup" { capabilities = ["update"] }\n'
const creds = (role: string) => `path "ssh/creds/${role}" { capabilities = ["update"] }\n`
const sign = (role: string) => `path "ssh/sign/${role}" { capabilities = ["update"] }\n`

describe('postern ssh without -role, for a user who may request credentials and look roles up', () => {
  const keygen = new Keygen()
  let fake: FakeSsh
  beforeEach(async () => {
    fake = await fakeSsh()
    await fake.line.must('write ssh/config/ca key_type=ed25519')
    await fake.line.must(
      'write ssh/roles/ops key_type=ca allow_user_certificates=true allowed_users=* ttl=5m',
    )
    await fake.line.must('write ssh/roles/db key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8')
  })
  afterEach(() => fake[Symbol.asyncDispose]())
  after(() => keygen[Symbol.dispose]())

  const may = (policy: string) =>
    fake.line.run(['policy', 'write', 'otp-user', '-'], { input: policy })

  it('takes the one of several roles that the user may use', async () => {
    await may(LOOKUP + creds('web'))
    const { code, err } = await fake.ssh('ubuntu@10.1.2.3', PROMPT)
    expect([code, err]).to.deep.equal([
      0,
      'No -role was given. The only one for this host is "web".\n',
    ])
    expect(fake.note('answers')).to.match(/^[0-9a-f-]{36}\n$/)
  })

  it('takes a role that signs certificates, and its mode, where it is the only one', async () => {
    await may(LOOKUP + sign('ops'))
    const { file } = keygen.key('-t', 'ed25519')
    const { code, err } = await fake.ssh(`-public-key-path=${file}.pub ubuntu@10.1.2.3`)
    expect(code, err).to.equal(0)
    expect(err).to.include('The only one for this host is "ops".')
    expect(fake.note('words')).to.include('CertificateFile=')
  })

  it('takes the role of the kind that -mode names', async () => {
    await may(LOOKUP + creds('web') + sign('ops'))
    const { file } = keygen.key('-t', 'ed25519')
    const { code, err } = await fake.ssh(`-mode=ca -public-key-path=${file}.pub ubuntu@10.1.2.3`)
    expect(code, err).to.equal(0)
    expect(fake.note('words')).to.include('CertificateFile=')
    const { err: none } = await fake.ssh('-mode=dynamic ubuntu@10.1.2.3')
    expect(none).to.equal('No matching roles found for IP 10.1.2.3\n')
  })

  it('knows what a role makes that is named, and that it could not read', async () => {
    await may(LOOKUP + creds('*') + sign('*'))
    const { file } = keygen.key('-t', 'ed25519')
    const { code, err } = await fake.ssh(`-role=ops -public-key-path=${file}.pub ubuntu@10.1.2.3`)
    expect(code, err).to.equal(0)
    expect(fake.note('words')).to.include('CertificateFile=')
  })

  it('takes the only role for the host without a terminal, although another signs certificates', async () => {
    await may(LOOKUP + creds('web') + sign('ops'))
    const { code, err } = await fake.ssh('ubuntu@10.1.2.3', PROMPT)
    expect([code, err]).to.deep.equal([
      0,
      'No -role was given. The only one for this host is "web".\n',
    ])
  })

  it('says which to name without a terminal if several are for the host', async () => {
    await may(LOOKUP + creds('web') + creds('db'))
    const { code, err } = await fake.ssh('ubuntu@10.1.2.3')
    expect(code).to.equal(1)
    expect(err).to.match(/^Multiple roles are registered for this IP\. .*\n\n {2}db\n {2}web\n$/)
  })
})
