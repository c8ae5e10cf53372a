import { interfaces } from '../../interfaces.ts'
import { Refusal } from '../../refusal.ts'
import type { Context } from '../context.ts'
import { quoted, RELOAD } from '../mend.ts'
import { examineStack, placeIn, type Stack } from '../stack.ts'
import { accountOf, accountProblem, refusesSessions } from './login-account.ts'
import { excludedBy, type LoginSettings, loginSettings } from './login-settings.ts'
import type { Client } from './match-pattern.ts'

/** One stage of a login, in the order in which sshd and PAM take them. */
interface Step {
  readonly name: string
  readonly says: string
  /** Why the login ends here, and the command that mends it. */
  readonly mend?: string
}

/** What would happen to a login. */
export interface Explained {
  readonly user: string
  readonly from: string
  readonly allowed: boolean
  /** The first stage that refuses. */
  readonly refusedBy?: string
  readonly steps: readonly Step[]
  readonly lines: readonly string[]
}

/** Follows a login of a user from an address through sshd, PAM, the helper and the account, without asking for a password. */
export async function explainLogin(context: Context, client: Client): Promise<Explained> {
  if (!context.host.isRoot)
    throw new Refusal('usage', 'only root can see what decides about logins: sudo postern-helper …')
  const login = loginSettings(context, client)
  const stack = examineStack(context.host, login.settings)
  const steps = [
    ...sshdSteps(context, login, client),
    ...pamSteps(context, stack),
    ...(await helperSteps(context, client)),
    ...accountSteps(context, client, stack),
  ]
  const refused = steps.find(({ mend }) => mend !== undefined)
  return {
    ...client,
    allowed: !refused,
    ...(refused && { refusedBy: refused.name }),
    steps,
    lines: linesOf(steps, client, refused),
  }
}

function linesOf(steps: readonly Step[], { user, from }: Client, refused: Step | undefined) {
  const lines = steps.map(
    ({ name, says, mend }) =>
      `${(mend === undefined ? '' : 'REFUSED').padEnd(8)} ${name}: ${says}${mend === undefined ? '' : `; run: ${mend}`}`,
  )
  const verdict = refused
    ? `${user} from ${from} would be refused: ${refused.says}`
    : `${user} from ${from} would be let in with a one-time password for this user and host`
  return [...lines, '', verdict]
}

function sshdSteps(context: Context, login: LoginSettings, client: Client): readonly Step[] {
  const { settings, differences, problem } = login
  if (problem !== undefined)
    return [{ name: 'sshd', says: problem, mend: 'sshd -t   # says what is wrong' }]
  const off = (name: string, says: string, value: string): Step => ({
    ...{ name, says },
    mend: `editor /etc/ssh/sshd_config   # ${value} for this user, perhaps in a Match block; then sshd -t && { ${RELOAD}; }`,
  })
  const methods = settings.get('authenticationmethods') ?? 'any'
  const excluded = excludedBy(login, accountOf(context.host, client.user), client)
  return [
    {
      name: 'match',
      says:
        differences.length === 0
          ? 'no Match block of sshd changes anything for this login'
          : `Match blocks of sshd set: ${differences.join('; ')}`,
    },
    excluded ? { name: 'user', ...excluded } : { name: 'user', says: 'sshd lets this user log in' },
    settings.get('usepam') === 'yes'
      ? { name: 'use-pam', says: 'sshd asks PAM' }
      : off('use-pam', 'UsePAM is no: sshd does not ask PAM', 'UsePAM yes'),
    ['kbdinteractiveauthentication', 'challengeresponseauthentication'].some(
      name => settings.get(name) === 'no',
    )
      ? off(
          'keyboard-interactive',
          'KbdInteractiveAuthentication is no: sshd does not ask for one-time passwords',
          'KbdInteractiveAuthentication yes',
        )
      : {
          name: 'keyboard-interactive',
          says: `sshd asks for the password, ${settings.get('maxauthtries') ?? 6} times at the most; keys of an agent count, too`,
        },
    methods === 'any' || methods.includes('keyboard-interactive')
      ? { name: 'methods', says: `AuthenticationMethods is ${methods}` }
      : off('methods', `AuthenticationMethods is ${methods}`, 'AuthenticationMethods any'),
  ]
}

/** The auth lines in their real order, as they are written, and what is wrong with them. */
function pamSteps({ host }: Context, { service, lines, check }: Stack): readonly Step[] {
  const written = lines.map(line => {
    const { file, number } = placeIn(line)
    const text = (host.text(file) ?? '').split('\n')[number - 1] ?? line.module
    return { name: 'pam', says: `${line.place}: ${text.trim().replace(/\s+/g, ' ')}` }
  })
  const [fault] = check.faults
  return [
    ...written,
    fault
      ? { name: 'pam', says: fault.says, mend: 'postern-helper doctor   # names the line' }
      : {
          name: 'pam',
          says: `in the service ${service} only postern-helper lets users in by password`,
        },
  ]
}

async function helperSteps(context: Context, { user }: Client): Promise<readonly Step[]> {
  let config: Context['config']
  try {
    config = context.config
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return [{ name: 'helper', says: error.message, mend: 'postern-helper doctor' }]
  }
  const { users, roles, cidrs, host } = config
  const { engine, refusal } = await context.engine()
  const edit = (what: string) => `editor ${context.configFile}   # ${what}`
  const addresses = [...interfaces(), ...(host ? [`the host ${host.name}`] : [])]
  return [
    users && !users.includes(user)
      ? {
          name: 'helper',
          says: `allowed_users does not have ${user}`,
          mend: edit(`add ${JSON.stringify(user)} to allowed_users`),
        }
      : { name: 'helper', says: `allowed_users ${users ? `has ${user}` : 'has everybody'}` },
    roles.length === 0
      ? { name: 'helper', says: 'allowed_roles is empty', mend: edit('allowed_roles = "*"') }
      : { name: 'helper', says: `passwords of these roles are accepted: ${roles.join(', ')}` },
    {
      name: 'helper',
      says: `the password must be for the address that the client dials, one of ${addresses.join(', ')}${cidrs.length === 0 ? '' : ', or in allowed_cidr_list'}`,
    },
    refusal === undefined
      ? {
          name: 'engine',
          says: `${engine.name} answers; whether it has a password for ${user} is up to its roles`,
        }
      : { name: 'engine', says: `${engine.name}: ${refusal}`, mend: 'postern-helper doctor' },
  ]
}

function accountSteps(context: Context, { user }: Client, stack: Stack): readonly Step[] {
  const { host } = context
  const account = accountOf(host, user)
  const nologin = ['/etc/nologin', '/run/nologin'].find(file => host.stat(file) !== undefined)
  const problem = account && accountProblem(account, context.time())
  return [
    nologin !== undefined && user !== 'root'
      ? { name: 'nologin', says: `${nologin} is there`, mend: `rm ${nologin}` }
      : { name: 'nologin', says: 'no file keeps users out' },
    problem
      ? { name: 'account', ...problem }
      : {
          name: 'account',
          says: account?.shadow?.locked
            ? `the password of ${user} is locked, which does not matter to one-time passwords`
            : `the account lines of ${stack.service} find nothing in passwd and shadow`,
        },
    account && refusesSessions(account.shell)
      ? {
          name: 'shell',
          says: `the shell of ${user} is ${account.shell}, which ends the session`,
          mend: `usermod -s /bin/bash ${quoted(user)}`,
        }
      : { name: 'shell', says: account?.shell ?? 'none' },
  ]
}
