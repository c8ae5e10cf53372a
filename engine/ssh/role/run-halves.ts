import { shellText } from './shell-text.ts'

/**
 * The part of the built-in script that runs the edit as the user or as root, and kills it at the deadline: `run as_user` or
 * `run as_root`, the edit and its arguments. Its exit code is in `$code`, the highest of all in `$worst`.
 */
export const RUN_HALVES = shellText(String.raw`as_user() {
  cd / || exit 3
  if setpriv --reuid="$uid" --regid="$gid" --init-groups true 2>/dev/null; then
    exec setpriv --reuid="$uid" --regid="$gid" --init-groups env -i LC_ALL=C "PATH=$PATH" /bin/sh -c "$@"
  fi
  su -s /bin/sh -c true "$user" >/dev/null || exit 3
  command=$1
  shift
  exec su -s /bin/sh -c "$command" "$user" "$@"
}
# in the environment, which only root sees; it is never exported to the half of the user
as_root() { cd / && export secret && exec /bin/sh -c "$@"; }
# What a process has started goes with it; a user can have stopped it
finish() {
  kill -STOP "$1" 2>/dev/null
  # what it is just starting comes first
  sleep 0.05 2>/dev/null || sleep 1
  set -- "$1" $(cat /proc/[0-9]*/stat 2>/dev/null | awk -v p="$1" '{ id = $1; sub(/.*\) /, ""); if ($2 == p) print id }')
  kill -KILL "$1" 2>/dev/null
  while shift && [ $# -gt 0 ]; do finish "$1"; done
}
# No process of the user's has the lock, and none is waited for longer than it may take
run() {
  ended=yes
  if [ "$1" = as_user ]; then "$@" 9>&- & else "$@" & fi
  half=$!
  while kill -0 "$half" 2>/dev/null; do
    if late; then
      set +f
      finish "$half"
      set -f
      printf 'it did not end in time\n' >&2
      ended=no
      break
    fi
    sleep 0.02 2>/dev/null || sleep 1
  done
  wait "$half" 2>/dev/null
  code=$?
  [ "$ended" = yes ] || code=4
  half=
  [ "$code" -le "$worst" ] || worst=$code
}
`)
