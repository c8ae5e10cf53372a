/** Users to log in as. */
export const USERS = `
for user in alice bob; do
  useradd -M -s /bin/bash -p '*' $user
  mkdir -p /home/$user
  chown $user: /home/$user
done
# in a user namespace /usr cannot be written
[ -w /usr/local/sbin ] || mount -t tmpfs -o mode=755 tmpfs /usr/local/sbin
`

/** What docs/hosts.md tells to do. */
export const SETUP = `${USERS}
ln -s /setup/postern-helper /usr/local/sbin/postern-helper
install -d -m 755 /etc/postern
install -m 644 /setup/ca.pem /etc/postern/ca.pem
install -m 600 "/setup/$(hostname).helper.toml" /etc/postern/helper.toml
/setup/packaging/pam/edit-sshd install
install -m 644 /setup/packaging/sshd/10-postern.conf /etc/ssh/sshd_config.d/10-postern.conf
`
