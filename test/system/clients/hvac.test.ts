import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { expect } from 'chai'
import { hvacPath } from '../../support/clients.ts'
import { EngineProcess } from '../../support/engine-process.ts'

const SCRIPT = `
import hvac, json, os
from hvac import exceptions
c = hvac.Client(url=os.environ['ENGINE'], token=os.environ['ENGINE_TOKEN'])
said = {}
def refused(kind, work):
    try:
        work()
    except kind as error:
        return error.errors
    return 'was not refused'
assert c.is_authenticated() and not c.sys.is_sealed()
c.sys.enable_secrets_engine('ssh', path='hv', config={'default_lease_ttl': '10m'})
ssh = c.secrets.ssh
said['no roles'] = refused(exceptions.InvalidPath, lambda: ssh.list_roles(mount_point='hv'))
ssh.create_role(name='r', key_type='otp', default_user='ubuntu', cidr_list='10.0.0.0/8', mount_point='hv')
said['roles'] = ssh.list_roles(mount_point='hv')['data']['keys']
made = ssh.generate_ssh_credentials(name='r', ip='10.0.0.5', mount_point='hv')
said['ttl'] = made['lease_duration']
said['login'] = ssh.verify_ssh_otp(otp=made['data']['key'], mount_point='hv')['data']
said['again'] = refused(exceptions.InvalidRequest, lambda: ssh.verify_ssh_otp(otp=made['data']['key'], mount_point='hv'))
ssh.submit_ca_information(mount_point='hv')
public = ssh.read_public_key(mount_point='hv')
said['ca'] = public['data']['public_key'].split(' ')[0]
ssh.create_role(name='ca', key_type='ca', allow_user_certificates=True, allowed_users='*', default_user='ubuntu', mount_point='hv')
signed = ssh.sign_ssh_key(name='ca', public_key=public['data']['public_key'], mount_point='hv')
said['signed'] = signed['data']['signed_key'].split(' ')[0]
ssh.create_or_update_key(name='admin', key=os.environ['ADMIN_KEY'], mount_point='hv')
ssh.create_role(name='d', key_type='dynamic', key='admin', admin_user='root', default_user='ubuntu', cidr_list='127.0.0.0/8', mount_point='hv')
said['dynamic'] = ssh.read_role(name='d', mount_point='hv')['data']['key_bits']
said['unknown host'] = refused(exceptions.InvalidRequest, lambda: ssh.generate_ssh_credentials(name='d', ip='127.0.0.1', mount_point='hv'))
c.sys.create_or_update_policy('hv', 'path "hv/creds/*" { capabilities = ["update"] }')
said['policy'] = c.sys.read_policy('hv')['data']['rules'] if 'data' in c.sys.read_policy('hv') else c.sys.read_policy('hv')['rules']
token = c.auth.token.create(policies=['hv'], ttl='1h')['auth']['client_token']
other = hvac.Client(url=os.environ['ENGINE'], token=token)
said['denied'] = refused(exceptions.Forbidden, lambda: other.sys.list_mounted_secrets_engines())
c.sys.enable_auth_method('userpass')
c.auth.userpass.create_or_update_user('ann', password='correct horse')
said['login by name'] = hvac.Client(url=os.environ['ENGINE']).auth.userpass.login('ann', 'correct horse')['auth']['metadata']
c.sys.enable_auth_method('approle')
c.auth.approle.create_or_update_approle('ci', token_policies=['default'])
role = c.auth.approle.read_role_id('ci')['data']['role_id']
secret = c.auth.approle.generate_secret_id('ci')['data']['secret_id']
said['approle'] = hvac.Client(url=os.environ['ENGINE']).auth.approle.login(role, secret)['auth']['metadata']
c.auth.token.revoke(token)
said['revoked'] = other.is_authenticated()
c.sys.disable_secrets_engine('hv')
print(json.dumps(said))
`

describe('hvac', function () {
  this.timeout(60_000)

  it('does what it does with Vault', async () => {
    await using engine = await EngineProcess.start()
    const environment = {
      PATH: process.env.PATH,
      PYTHONPATH: hvacPath(),
      ENGINE: engine.url,
      ENGINE_TOKEN: engine.token,
      ADMIN_KEY: generateKeyPairSync('ed25519').privateKey.export({
        type: 'pkcs8',
        format: 'pem',
      }) as string,
    }
    const out = await new Promise<string>((resolve, reject) =>
      execFile('python3', ['-c', SCRIPT], { env: environment }, (error, stdout, stderr) =>
        error ? reject(new Error(stderr)) : resolve(stdout),
      ),
    )
    expect(JSON.parse(out)).to.deep.equal({
      'no roles': [],
      roles: ['r'],
      ttl: 600,
      login: { ip: '10.0.0.5', username: 'ubuntu', role_name: 'r' },
      again: ['OTP not found'],
      ca: 'ssh-rsa',
      signed: 'ssh-rsa-cert-v01@openssh.com',
      dynamic: 1024,
      'unknown host': [
        'no host key of 127.0.0.1 is known: add it to host_keys or known_hosts of the role, or set host_key_policy=first-use',
      ],
      policy: 'path "hv/creds/*" { capabilities = ["update"] }',
      denied: ['1 error occurred:\n\t* permission denied\n\n'],
      'login by name': { username: 'ann' },
      approle: { role_name: 'ci' },
      revoked: false,
    })
  })
})
