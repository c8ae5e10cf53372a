import { check } from '../check.ts'
import { recentDenials } from '../denials.ts'

export const selinux = check({
  name: 'selinux',
  text: 'SELinux in enforcing mode: that the policy module of the helper is loaded, and nothing was denied to it in the last day.',
  dependsOn: ['root'],
  causes: {
    'no-module':
      'Without the module, the helper runs in the domain of sshd, which may not connect to the engine: every login is denied.',
    denied: 'SELinux has denied the helper something.',
  },
  run: context => {
    if (context.host.text('/sys/fs/selinux/enforce')?.trim() !== '1') return undefined
    const modules = context.host.run(['semodule', '-l'])
    if (modules.code === 0 && !/^postern/m.test(modules.stdout))
      return {
        ...{ level: 'failure', cause: 'no-module' },
        says: 'SELinux is enforcing, and the policy module of postern-helper is not loaded',
        mend: 'cd "$(mktemp -d)" && cp /usr/share/postern-helper/selinux/* . && make -f /usr/share/selinux/devel/Makefile postern_helper.pp && semodule -i postern_helper.pp && restorecon -RF /etc/postern /usr/sbin/postern-helper /var/lib/postern-helper',
      }
    const [denial] = recentDenials(context, /avc:\s+denied .*comm="postern/)
    return denial === undefined
      ? undefined
      : {
          ...{ level: 'warning', cause: 'denied' },
          says: `SELinux has denied the helper something: ${denial}`,
          mend: 'ausearch -m avc -c postern-helper -ts recent   # restorecon -Rv /etc/postern /usr/sbin/postern-helper /var/lib/postern-helper puts back the labels',
        }
  },
})
