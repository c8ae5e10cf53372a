import { send } from '../api/request.ts'
import { Failed } from '../parts/failed.tsx'
import { Field } from '../parts/field.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Notice } from '../parts/notice.tsx'
import { Page } from '../parts/page.tsx'
import { type Signal, useId, useSignal } from '../preact.ts'
import { begin, sessionEnd } from '../session.ts'
import { text } from '../text.ts'
import { useResource } from '../use-resource.ts'
import { type LoginMethod, loginMethods } from './login-methods.ts'
import { leaveForProvider } from './oidc.ts'

const words = text.login

/** Logs in by one of the methods that the engine offers. `failure` is why a return from a provider was none. */
export function LoginPage({ failure }: { readonly failure: Signal<string | undefined> }) {
  const methods = useResource('methods', loginMethods)
  const ended = sessionEnd.value
  return (
    <Page title={words.title}>
      {ended && <Notice kind="info">{words.ended[ended]}</Notice>}
      <Failed why={failure} />
      <Loaded of={methods}>{found => <LoginForm methods={found} failure={failure} />}</Loaded>
    </Page>
  )
}

interface LoginFormProps {
  readonly methods: readonly LoginMethod[]
  readonly failure: Signal<string | undefined>
}

function LoginForm({ methods, failure }: LoginFormProps) {
  const chosen = useSignal(0)
  const busy = useSignal<string | undefined>(undefined)
  const fields = { name: useSignal(''), secret: useSignal(''), role: useSignal('') }
  const path = useSignal('')
  const offered = methods[chosen.value]
  const method = offered && {
    ...offered,
    mount: path.value.replace(/^\/+|\/+$/g, '') || offered.mount,
  }
  async function logIn(event: Event) {
    event.preventDefault()
    if (!method || busy.peek() !== undefined) return
    failure.value = undefined
    busy.value = method.type === 'oidc' ? words.redirecting : words.busy
    try {
      if (method.type === 'oidc') await leaveForProvider(method.mount, fields.role.peek())
      else await begin(await tokenBy(method, fields))
    } catch (error) {
      failure.value = (error as Error).message
    }
    fields.secret.value = ''
    busy.value = undefined
  }
  return (
    <form class="card login" onSubmit={logIn}>
      <MethodChoice
        methods={methods}
        chosen={chosen}
        onChosen={index => {
          chosen.value = index
          // the path that was written is one of the other method
          path.value = ''
        }}
      />
      {method && <MethodFields key={method.type} method={method} fields={fields} />}
      {offered && offered.type !== 'token' && (
        <details>
          <summary>{words.more}</summary>
          <Field
            label={words.mountPath}
            hint={words.mountHint}
            value={path}
            placeholder={offered.mount}
          />
        </details>
      )}
      <button type="submit" class="primary" disabled={busy.value !== undefined}>
        {busy.value ?? (method?.type === 'oidc' ? words.submitOidc : words.submit)}
      </button>
    </form>
  )
}

function MethodChoice({
  methods,
  chosen,
  onChosen,
}: Pick<LoginFormProps, 'methods'> & {
  readonly chosen: Signal<number>
  readonly onChosen: (index: number) => void
}) {
  const id = useId()
  return (
    <p class="field">
      <label for={id}>{words.method}</label>
      <select
        id={id}
        value={chosen}
        onChange={event => onChosen(Number(event.currentTarget.value))}
      >
        {methods.map(({ type, mount }, index) => (
          <option key={`${type}/${mount}`} value={index}>
            {nameOf({ type, mount })}
          </option>
        ))}
      </select>
    </p>
  )
}

/** The mount is named where it is not at its default path. */
const nameOf = ({ type, mount }: LoginMethod) =>
  mount === '' || mount === type
    ? words.methods[type]
    : `${words.methods[type]} ${words.mount(mount)}`

interface LoginFields {
  readonly name: Signal<string>
  readonly secret: Signal<string>
  readonly role: Signal<string>
}

function MethodFields({
  method,
  fields,
}: {
  readonly method: LoginMethod
  readonly fields: LoginFields
}) {
  if (method.type === 'oidc')
    return <Field label={words.role} hint={words.roleHint} value={fields.role} focused />
  const isToken = method.type === 'token'
  return (
    <>
      {!isToken && (
        <Field label={words.name} value={fields.name} autocomplete="username" required focused />
      )}
      <Field
        label={isToken ? words.token : words.password}
        value={fields.secret}
        type="password"
        autocomplete={isToken ? 'off' : 'current-password'}
        required
        focused={isToken}
      />
    </>
  )
}

/** @throws {ApiFailure} if the engine does not accept the name and the password */
async function tokenBy(
  { type, mount }: LoginMethod,
  { name, secret }: LoginFields,
): Promise<string> {
  if (type === 'token') return secret.peek().trim()
  const { auth } = await send(`auth/${mount}/login/${name.peek()}`, {
    method: 'POST',
    data: { password: secret.peek() },
  })
  if (!auth) throw new Error(words.noToken)
  return auth.client_token
}
