import { boolean, string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { MOUNT, MOUNT_ALIAS } from '../ssh/mount-flag.ts'
import { PAGE } from '../ssh/page-flags.ts'
import { printList } from '../ssh/print-list.ts'

export const hostsList = command({
  name: 'hosts list',
  summary: 'List the hosts of an SSH secrets engine',
  usage: '[options]',
  text: `
Lists the hosts by name, with their addresses and groups, and whether they are enrolled and disabled.

    $ postern hosts list

The names of those in a group that are disabled:

    $ postern hosts list -group=web -disabled -field=name

Everything that is known of the hosts whose name begins with "web-":

    $ postern hosts list -prefix=web- -detail -format=json`,
  flags: {
    ip: string({ description: 'Only hosts with this address.', default: '' }),
    group: string({ description: 'Only hosts of this group.', default: '' }),
    disabled: boolean({ description: 'Only hosts that are disabled; with =false, only others.' }),
    prefix: string({ description: 'Only hosts whose name begins with this.', default: '' }),
    search: string({
      description: 'Only hosts whose name, or an address or group of theirs, contains this.',
      default: '',
    }),
    detail: boolean({
      description: 'Also when each was last seen, and what it told about itself.',
      default: false,
    }),
    ...PAGE,
    ...MOUNT,
  },
  aliases: MOUNT_ALIAS,
  names: { flags: { mount: 'mount' } },
  arguments: [0, 0],
  prints: 'field',
  async run(call) {
    const { ip, group, disabled, prefix, search, detail } = call.flags
    const query = {
      ...{ address: ip, group, prefix, search },
      disabled: disabled === undefined ? '' : `${disabled}`,
      detail: detail ? 'true' : '',
    }
    const columns = detail ? { ...COLUMNS, ...DETAILED } : COLUMNS
    return printList(call, { path: 'hosts', query, kind: 'host', columns })
  },
})

const COLUMNS = {
  Host: 'name',
  Enrolled: 'enrolled',
  Disabled: 'disabled',
  Addresses: 'addresses',
  Groups: 'groups',
}

const DETAILED = {
  'Last verify': 'last_verify_time',
  Helper: 'helper_version',
  'Clock skew': 'clock_skew',
  Check: 'check',
}
