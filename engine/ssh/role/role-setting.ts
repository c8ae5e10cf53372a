import type { Field } from '../../../shared/field.ts'
import type { KeyType } from './key-type.ts'

/** A setting of a role: its field in requests, the kinds of role that have it, and how it is stored and shown. */
export interface RoleSetting<T, K extends KeyType, S, L extends boolean> {
  readonly field: Field<T>
  /** The kinds of role that have it. Other kinds drop it. */
  readonly kinds: readonly K[]
  /** The stored form of the value of the field. */
  store(value: T): S
  /** The value that a read of the role returns. */
  show(stored: S): unknown
  /** The kinds of role that show it only if it is set, since other servers do not have it there. */
  readonly shownWhenSet: readonly KeyType[]
  /** Whether roles written by an older version lack it. */
  readonly isLater: L
}

interface Options<T, S, L> {
  readonly store?: (value: T) => S
  readonly show?: (stored: S) => unknown
  readonly shownWhenSet?: readonly KeyType[]
  readonly isLater?: L
}

/** Declares a setting. It is stored and shown as written, unless the options say otherwise. */
export const setting = <T, const K extends KeyType, S = T, const L extends boolean = false>(
  kinds: readonly K[],
  field: Field<T>,
  { store, show, shownWhenSet = [], isLater }: Options<T, S, L> = {},
): RoleSetting<T, K, S, L> => ({
  field,
  kinds,
  // without `store`, the value is stored as it is: then S is T
  store: store ?? (value => value as unknown as S),
  show: show ?? (stored => stored),
  shownWhenSet,
  isLater: (isLater ?? false) as L,
})

type Settings = Readonly<Record<string, RoleSetting<unknown, KeyType, unknown, boolean>>>

/** The name of a setting in a stored role: `allowed_users` is `allowedUsers`. */
type Stored<N> = N extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<Stored<Rest>>}`
  : N

type ValueOf<D> = D extends { store(...given: never): infer S } ? S : never

/** The type of a stored role of a kind, from the declared settings. */
export type StoredRole<D, K extends KeyType> = {
  readonly [N in keyof D as D[N] extends {
    readonly kinds: readonly (infer Of)[]
    readonly isLater: false
  }
    ? K extends Of
      ? Stored<N>
      : never
    : never]: ValueOf<D[N]>
} & {
  readonly [N in keyof D as D[N] extends {
    readonly kinds: readonly (infer Of)[]
    readonly isLater: true
  }
    ? K extends Of
      ? Stored<N>
      : never
    : never]?: ValueOf<D[N]>
}

/** The fields of the settings in requests. */
export const fieldsOfSettings = <D extends Settings>(declared: D) =>
  Object.fromEntries(Object.entries(declared).map(([name, { field }]) => [name, field])) as {
    readonly [N in keyof D]: D[N]['field']
  }

/** The stored settings of a role of the kind, from the values of the fields. */
export const storeSettings = <D extends Settings, K extends KeyType>(
  declared: D,
  kind: K,
  given: Readonly<Record<keyof D, unknown>>,
) =>
  Object.fromEntries(
    Object.entries(declared)
      .filter(([, { kinds }]) => kinds.includes(kind))
      .map(([name, { store }]) => [storedName(name), store(given[name])]),
  ) as StoredRole<D, K>

/** The settings of a stored role of the kind, as a read returns them. */
export const showSettings = (
  declared: Settings,
  kind: KeyType,
  stored: Readonly<Record<string, unknown>>,
): object =>
  Object.fromEntries(
    Object.entries(declared)
      .filter(([, { kinds }]) => kinds.includes(kind))
      .map(([name, each]) => ({
        name,
        each,
        value: stored[storedName(name)] ?? each.field.default,
      }))
      .filter(
        ({ each, value }) =>
          !each.shownWhenSet.includes(kind) || (isSet(value) && value !== each.field.default),
      )
      .map(({ name, each, value }) => [name, each.show(value)]),
  )

const storedName = (name: string) =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

const isSet = (value: unknown) =>
  typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value)
