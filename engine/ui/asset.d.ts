/** The address of an asset, which the build knows. */
declare module '*.svg' {
  const address: string
  export default address
}
