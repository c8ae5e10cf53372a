import { boolean } from '../../shared/field.ts'
import { licenseTexts } from '../../shared/license-texts.ts'
import { command } from './command.ts'
import { EXIT, Failure } from './failure.ts'

export const version = command({
  name: 'version',
  summary: 'Print the version of this program',
  usage: '',
  text: `
Prints the version of this program, not that of the server.

    $ postern version

With -licenses, the licence texts of all that is in it.`,
  flags: {
    licenses: boolean({ description: 'Print the licence texts.', default: false }),
  },
  arguments: [0, 0],
  local: true,
  async run({ flags, print, io }) {
    if (flags.licenses) {
      const texts = licenseTexts()
      if (texts === undefined) throw new Failure('only a program that has been built has them')
      io.stdout.write(texts)
      return EXIT.ok
    }
    print.line(`Postern v${io.version}`)
    return EXIT.ok
  },
})
