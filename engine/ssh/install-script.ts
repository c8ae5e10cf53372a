/**
 * The built-in install script: POSIX sh, for sudo and BusyBox alike. It works as root only until it has found the file, and as the user
 * afterwards, so that a link planted in a home harms nobody else. Contract §3.3, §3.4.
 */
export const INSTALL_SCRIPT = String.raw`#!/bin/sh
# Puts a public key into the authorized_keys file of a user, or takes it out.
#   $1  install, uninstall, or list, which prints the lines with that key, or without one those that Postern has installed
#   $2  file with the line of the key; it is deleted
#   $3  /home/USER/.ssh/authorized_keys; where the file of USER really is, sshd is asked
# Ends with 0 when it is done, however often, and with 3 when it has changed nothing.
set -u
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
unset CDPATH ENV
operation=$1 keyfile=$2 path=$3
trap 'rm -f -- "$keyfile"' EXIT
fail() { printf '%s\n' "$*" >&2; exit 3; }

case $operation in install | uninstall | list) ;; *) echo "install or uninstall?" >&2; exit 1 ;; esac
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || fail "sudo is missing, and $(id -un) is not root"
  sudo -n -- /bin/sh "$0" "$@"
  code=$?
  # sudo's own refusal: nothing below ends with 1
  [ "$code" -ne 1 ] || code=3
  exit "$code"
fi

IFS= read -r line <"$keyfile" || fail "there is no key in $keyfile"
blob=AAAA$(printf '%s\n' "$line" | sed 's/.* AAAA//; s/ .*//')
case $line in *" AAAA"*) ;; *) [ "$operation" = list ] || fail "that is not a public key" ;; esac
case $blob in *[!A-Za-z0-9+/=]*) [ "$operation" = list ] || fail "that is not a public key" ;; esac

user=$(printf '%s\n' "$path" | sed 's|^/home/||; s|/\.ssh/authorized_keys$||')
case $user in '' | -* | *[!A-Za-z0-9_.-]*) fail "that is not the name of a user" ;; esac
entry=$(getent passwd "$user" 2>/dev/null) || entry=$(awk -F: -v u="$user" '$1 == u { print; exit }' /etc/passwd)
if [ -z "$entry" ]; then
  [ "$operation" = install ] || [ -e "$path" ] || exit 0
  fail "there is no user $user"
fi
IFS=: read -r _ _ uid gid _ home _ <<ENTRY
$entry
ENTRY
case $home in /*) ;; *) fail "user $user has no home" ;; esac

where=.ssh/authorized_keys
if server=$(command -v sshd); then
  settings=$("$server" -T -C "user=$user,host=localhost,addr=127.0.0.1" 2>&1) || fail "sshd -T: $settings"
  where=$(printf '%s\n' "$settings" | awk '$1 == "authorizedkeysfile" { print $2; exit }')
fi
[ "$where" != none ] && [ -n "$where" ] || fail "sshd reads no authorized_keys file for $user"
file=
while :; do
  case $where in *%*) ;; *) break ;; esac
  file=$file$(printf '%s\n' "$where" | sed 's/%.*//')
  where=$(printf '%s\n' "$where" | sed 's/^[^%]*%//')
  case $where in
    h*) file=$file$home ;;
    u*) file=$file$user ;;
    U*) file=$file$uid ;;
    %*) file=$file% ;;
    *) fail "AuthorizedKeysFile has a token that is not known: %$where" ;;
  esac
  where=$(printf '%s\n' "$where" | sed 's/^.//')
done
file=$file$where
case $file in /*) ;; *) file=$home/$file ;; esac

(umask 077 && mkdir -p /run/postern) || fail "/run/postern cannot be made"
lock=/run/postern/$user
if command -v flock >/dev/null; then
  exec 9>>"$lock.lock"
  take() { flock -n 9; }
else
  # a link that names its holder; one whose holder is gone is in nobody's way
  take() {
    if ln -s "$$" "$lock.held" 2>/dev/null; then
      trap 'rm -f -- "$keyfile" "$lock.held"' EXIT
      return 0
    fi
    kill -0 "$(readlink "$lock.held")" 2>/dev/null || rm -f "$lock.held"
    return 1
  }
fi
tries=0
until take; do
  tries=$((tries + 1))
  [ "$tries" -lt 200 ] || fail "authorized_keys of $user is locked by somebody else"
  sleep 0.05 2>/dev/null || sleep 1
done

edit=$(cat <<'EDIT'
set -u
operation=$1 file=$2 line=$3 blob=$4 mask=$5
umask "$mask"
if [ ! -e "$file" ]; then
  [ "$operation" = install ] || exit 0
  [ -d "$(dirname "$file")" ] || (umask 077 && mkdir "$(dirname "$file")") || exit 3
  : >>"$file" || exit 3
fi
if [ "$operation" = list ]; then
  case $line in *" AAAA"*) ;; *) blob=" postern:" ;; esac
  grep -F -e "$blob" "$file"
  [ $? -le 1 ] || exit 3
  exit 0
fi
if [ -L "$file" ]; then file=$(readlink -f "$file") || exit 3; fi
if [ "$operation" = uninstall ]; then
  grep -q -F -e "$blob" "$file"
  case $? in 0) ;; 1) exit 0 ;; *) exit 4 ;; esac
fi
draft=$(mktemp "$(dirname "$file")/.postern.XXXXXX") || exit 3
trap 'rm -f "$draft"' EXIT
trap 'exit 4' HUP INT TERM
cp -p "$file" "$draft" || exit 3
# before the others: so the end of the file stays as it is, with or without a newline
{
  { [ "$operation" = uninstall ] || printf '%s\n' "$line"; } && sed -e "\\|$blob|d" "$file"
} >"$draft" || exit 3
mv -f "$draft" "$file" || exit 4
EDIT
)

case $file in
  "$home"/*)
    as_user() {
      if setpriv --reuid="$uid" --regid="$gid" --init-groups true 2>/dev/null; then
        (cd / && setpriv --reuid="$uid" --regid="$gid" --init-groups env -i LC_ALL=C "PATH=$PATH" /bin/sh -c "$@")
      else
        command=$1 && shift
        (cd / && su -s /bin/sh -c "$command" "$user" "$@")
      fi
    }
    as_user "$edit" sh "$operation" "$file" "$line" "$blob" 077
    ;;
  *)
    # no user can write there, so no user can have planted a link
    [ -n "$(find "$(dirname "$file")" -prune -user root ! -perm -020 ! -perm -002 2>/dev/null)" ] ||
      fail "$(dirname "$file") is neither in the home of $user nor root's alone"
    (cd / && /bin/sh -c "$edit" sh "$operation" "$file" "$line" "$blob" 022)
    ;;
esac
`
