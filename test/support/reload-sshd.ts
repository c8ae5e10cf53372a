/**
 * Shell, for a host of a lab: has its sshd read its configuration again, and waits until it has. sshd writes the file of its process
 * number once it listens with what it has read, and can be told again.
 */
export const RELOAD_SSHD = `{
  rm -f /run/sshd.pid
  pkill -HUP -o -x sshd
  tries=0
  until [ -s /run/sshd.pid ] || [ $tries -ge 600 ]; do sleep 0.05; tries=$((tries + 1)); done
  [ -s /run/sshd.pid ]
}`
