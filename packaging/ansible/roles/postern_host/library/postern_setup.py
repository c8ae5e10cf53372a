#!/usr/bin/python
"""Runs `postern-helper setup` on a host, which is idempotent, and takes back what fails."""

import json
import os
import tempfile

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r'''
module: postern_setup
short_description: Sets a host up for one-time passwords of Postern, or takes that back
description:
  - Runs C(postern-helper setup -yes), which tries logins on an sshd of its own before it touches the real one.
  - Check mode runs C(postern-helper setup -diff), which changes nothing.
options:
  state: {choices: [present, absent], default: present}
  engine: {type: list, elements: str, description: Addresses of the engine. Without them helper.toml stays as it is.}
  ca_fingerprint: {type: str, description: Fingerprint of its CA, as C(postern status) prints it.}
  mount: {type: str}
  roles: {type: list, elements: str, description: Roles that may log in.}
  name: {type: str, description: Enrols the host under this name.}
  enroll_token: {type: str, description: Needed as long as the host is not enrolled.}
  force: {type: bool, description: Go on although no administrator has a key that sshd accepts.}
  program: {type: path, default: /usr/sbin/postern-helper}
'''

ARGUMENTS = {
    'state': {'choices': ['present', 'absent'], 'default': 'present'},
    'engine': {'type': 'list', 'elements': 'str', 'default': []},
    'ca_fingerprint': {'type': 'str'},
    'mount': {'type': 'str'},
    'roles': {'type': 'list', 'elements': 'str', 'default': []},
    'name': {'type': 'str'},
    'enroll_token': {'type': 'str', 'no_log': True},
    'force': {'type': 'bool', 'default': False},
    'program': {'type': 'path', 'default': '/usr/sbin/postern-helper'},
}

# exit codes of `setup`: done, and -diff found something to do
DONE, WOULD_CHANGE = 0, 2


def flags(params, token_file):
    """The words that say what the host should be."""
    if params['state'] == 'absent':
        return ['-undo']
    given = {
        'engine': ','.join(params['engine']),
        'ca-fingerprint': params['ca_fingerprint'],
        'mount': params['mount'],
        'roles': ','.join(params['roles']),
        'name': params['name'],
        'enroll-token-file': token_file,
    }
    words = ['-%s=%s' % (name, value) for name, value in given.items() if value]
    return words + (['-force'] if params['force'] else [])


def write_token(token):
    """Puts the token into a file of root's on a file system in memory; returns its path."""
    if not token:
        return None
    handle, path = tempfile.mkstemp(prefix='postern-', dir='/run')
    with os.fdopen(handle, 'w') as file:
        file.write(token)
    return path


def run(module):
    token_file = write_token(module.params['enroll_token'])
    try:
        words = [module.params['program'], 'setup', '-format=json', '-diff' if module.check_mode else '-yes']
        return module.run_command(words + flags(module.params, token_file))
    finally:
        if token_file:
            os.unlink(token_file)


def report(module, code, stdout, stderr):
    try:
        told = json.loads(stdout)
    except ValueError:
        module.fail_json(msg=stderr.strip() or 'postern-helper setup: exit code %d' % code, exit_code=code)
    details = {'exit_code': code, 'result': told.get('result'), 'checks': told['checks']}
    for warning in told['warnings']:
        module.warn(warning)
    if code not in (DONE, WOULD_CHANGE):
        module.fail_json(msg=told.get('error', {}).get('message', stderr.strip()), **details)
    # -undo says "undone" even where there was nothing to undo
    changed = told['result'] in ('would change', 'set up') or bool(told['changes'])
    diff = {'prepared': ''.join(change['diff'] for change in told['changes'])}
    module.exit_json(changed=changed, diff=diff, **details)


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    if not os.path.exists(module.params['program']):
        absent = module.params['state'] == 'absent'
        if absent or module.check_mode:
            module.exit_json(changed=not absent, result='postern-helper is not installed')
        module.fail_json(msg='%s is not installed' % module.params['program'])
    report(module, *run(module))


if __name__ == '__main__':
    main()
