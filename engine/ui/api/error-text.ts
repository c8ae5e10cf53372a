/** What a reply of the API says of an error, without the frame that OpenBao puts around it; undefined for a reply that says nothing. */
export function errorText(body: unknown): string | undefined {
  const errors = (body as { errors?: unknown } | undefined)?.errors
  if (!Array.isArray(errors) || errors.length === 0) return undefined
  return errors
    .map(each =>
      String(each)
        .replace(/^1 error occurred:\s+\* /, '')
        .trim(),
    )
    .join('; ')
}
