import { boolean } from '../../shared/field.ts'
import { licenseTexts } from '../../shared/license-texts.ts'
import { command } from './command.ts'
import { EXIT, Failure } from './failure.ts'

export const version = command({
  name: 'version',
  summary: 'Print the version of this program',
  usage: '',
  text: `
Prints the version of this program. The version of the server is shown by "postern status".

    $ postern version

With the licence texts of all bundled software:

    $ postern version -licenses`,
  flags: {
    licenses: boolean({
      description: 'Print the licence texts of all bundled software.',
      default: false,
    }),
  },
  arguments: [0, 0],
  local: true,
  async run({ flags, print, io }) {
    if (flags.licenses) {
      const texts = licenseTexts()
      if (texts === undefined) throw new Failure('licence texts are only in a built executable')
      io.stdout.write(texts)
      return EXIT.ok
    }
    print.line(`Postern v${io.version}`)
    return EXIT.ok
  },
})
