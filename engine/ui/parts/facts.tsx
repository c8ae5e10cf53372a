import type { ComponentChildren } from '../preact.ts'

/** Names and values of one thing; those without a value are left out. */
export const Facts = ({
  rows,
}: {
  readonly rows: readonly (readonly [name: string, value: ComponentChildren])[]
}) => (
  <dl>
    {rows.map(
      ([name, value]) =>
        value !== undefined &&
        value !== '' && (
          <>
            <dt key={name}>{name}</dt>
            <dd key={`${name} value`}>{value}</dd>
          </>
        ),
    )}
  </dl>
)
