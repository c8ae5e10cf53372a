import { expect } from 'chai'
import { BareHost, NOT_SET_UP, SET_UP } from '../../support/bare-host.ts'
import { RELEASES } from '../../support/releases.ts'
import { Site } from '../../support/site.ts'

/** More than any run syncs. */
const MOST = 200

/** What a user can do who has a key, and one who knows the password of the account. */
const SAFE = { unix: false, key: true }

for (const release of RELEASES)
  describe(`The power going while a host with ${release} is set up`, function () {
    this.timeout(1_800_000)

    let site: Site
    let bare: BareHost
    let untouched: string

    before(async () => {
      site = await Site.start()
      await BareHost.prepare(site)
      bare = await BareHost.start(site, { name: 'cut', number: 51, release })
      untouched = await bare.files()
    })
    after(() => site[Symbol.asyncDispose]())

    /** Looks at what the disk, as it is now, lets in with the sshd that runs, and after sshd was started anew. */
    const check = async (what: string) => {
      expect(await bare.safety(), what).to.deep.equal(SAFE)
      await bare.rebootSshd()
      expect(await bare.safety(), `${what}, after a reboot`).to.deep.equal(SAFE)
    }

    /** The files that decide about a login. */
    const decisive = (files: string) =>
      files
        .split('\n/')
        .filter(each => /^\/?etc\/(?:pam\.d|ssh|postern)/.test(each))
        .join('\n')

    /** Cuts a run off at each sync, looks at each state that this leaves once, has it `mended`. Returns how often it was cut off. */
    async function cutOff(
      words: readonly string[],
      mended: (nth: number) => Promise<void>,
    ): Promise<number> {
      const checked = new Set<string>()
      for (let nth = 1; nth < MOST; nth++) {
        if (!(await bare.setupKilled(nth, ...words))) return nth - 1
        const state = decisive(await bare.files())
        if (!checked.has(state)) await check(`sync ${nth} of setup ${words[0]} ${words[1]}`)
        checked.add(state)
        await mended(nth)
      }
      throw new Error('the run never came to its end')
    }

    it('leaves key logins, lets nobody in by another password, and is taken back at boot', async () => {
      let cutShort = 0
      const cuts = await cutOff(['-yes', ...bare.engine], async nth => {
        expect((await bare.setup('-rollback=boot')).code).to.equal(0)
        // in the last sync it was finished already
        if ((await bare.logins()).otp) await bare.setup('-undo', '-yes')
        else cutShort = nth
        expect(await bare.files(), `after sync ${nth}`).to.equal(untouched)
      })
      expect(cuts - cutShort).to.be.below(3)
      expect(cuts).to.be.greaterThan(20)
      expect(await bare.logins()).to.deep.equal(SET_UP)
    })

    it('leaves the same while it is undone, and the undo is finished by another or at boot', async () => {
      const cuts = await cutOff(['-undo', '-yes'], async nth => {
        const words = nth % 2 === 0 ? ['-undo', '-yes'] : ['-rollback=boot']
        expect((await bare.setup(...words)).code).to.equal(0)
        const left = await bare.files()
        // cut off before the undo was on the disk, it has not begun
        if (!(await bare.logins()).otp) expect(left, `after sync ${nth}`).to.equal(untouched)
        expect((await bare.setup('-yes', ...bare.engine)).code).to.equal(0)
      })
      expect(cuts).to.be.greaterThan(5)
      expect(await bare.files()).to.equal(untouched)
      expect(await bare.logins()).to.deep.equal(NOT_SET_UP)
    })
  })
