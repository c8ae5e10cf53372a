/** How to log in with each auth method, for "auth help". */
export const METHOD_HELP: Readonly<Record<string, string>> = {
  token: `Usage: postern login [TOKEN | -]

  Stores a token that you have, after it was verified.

      $ postern login
      Token (will be hidden):

      $ postern login - < token`,
  userpass: `Usage: postern login -method=userpass username=NAME [password=-]

  Logs in with a user name and a password. Without password, it is prompted for
  and not echoed.

      $ postern login -method=userpass username=ann
      Password (will be hidden):

      $ postern login -method=userpass username=ann password=- < password`,
  approle: `Usage: postern login -method=approle role_id=ID [secret_id=@FILE]

  Logs in a machine with the id of its role and a secret id. Without secret_id,
  it is prompted for and not echoed.

      $ postern login -method=approle role_id=@role-id secret_id=@secret-id`,
  jwt: `Usage: postern login -method=jwt role=ROLE jwt=@FILE

  Logs in with a JSON Web Token of another issuer, such as a CI server. Without
  jwt, it is prompted for and not echoed.

      $ postern login -method=jwt role=web jwt=@token.jwt`,
  oidc: `Usage: postern login -method=oidc [role=ROLE] [K=V...]

  Logs in at an OpenID provider, with a browser. The provider redirects back to
  a port of this machine.

      $ postern login -method=oidc role=people

  With the device flow, any browser will do, such as that of a phone. The role
  must have callback_mode=device.

      $ postern login -method=oidc role=anywhere callbackmode=device

  callbackmode=MODE    client, device, or direct at servers that have it; that
                       of the role if not given
  show_qr=true         draws the address as a QR code; with the device flow,
                       the default at a terminal
  port=8250            the port that is listened on
  listenaddress=NAME   the address that is listened on, localhost if not given
  callbackhost=NAME    the host that the provider redirects to
  callbackport=PORT    the port that the provider redirects to
  callbackmethod=http  the scheme that the provider redirects to
  skip_browser=true    prints the address, and opens no browser
  abort_on_error=true  ends if no browser can be opened`,
}
