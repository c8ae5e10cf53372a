import { check } from '../check.ts'

const FILES = ['/etc/nologin', '/run/nologin', '/var/run/nologin']

export const nologin = check({
  name: 'nologin',
  text: 'Files by which nobody but root may log in: /etc/nologin, /run/nologin.',
  dependsOn: [],
  causes: { present: 'The host lets in nobody but root.' },
  run: ({ host }) => {
    const file = FILES.find(each => host.stat(each) !== undefined)
    return file === undefined
      ? undefined
      : {
          ...{ level: 'failure', cause: 'present' },
          says: `${file} is there: nobody but root may log in (${(host.text(file) ?? '').trim().slice(0, 80)})`,
          mend: `rm ${file}`,
        }
  },
})
