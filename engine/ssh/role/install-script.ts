import { DESCEND, EDIT } from './edit-script.ts'
import { RUN_HALVES } from './run-halves.ts'
import { shellText } from './shell-text.ts'

/**
 * The built-in install script: POSIX sh, for sudo and BusyBox. It finds the files as root, and edits files of the user as that user. As root
 * it only edits files below directories that all belong to root alone. Contract §3.3, §3.4.
 */
export const INSTALL_SCRIPT = shellText(String.raw`#!/bin/sh
# Puts a public key into the authorized_keys file of a user, or takes it out.
#   $1  install, uninstall, or list, which prints the lines with that key, or without one those that Postern has installed
#   $2  file with the line of the key, and maybe a word by which root's half is known in what is printed; it is deleted
#   $3  /home/USER/.ssh/authorized_keys; where the files of USER really are, sshd is asked
# and if there are more:
#   $4  until when it may change anything, in hundredths of a second since boot
#   $5  what sshd said of the connection in SSH_CONNECTION
#   $6  the comment that a line must end with to be taken out
#   $7... where the key was put, as install has said it: "root" or "user", who has said it, then the place
# Ends with 0 when it is done, however often, and with 3 when it has changed nothing.
set -uf
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
unset CDPATH ENV
operation=$1 keyfile=$2 path=$3
trap 'rm -f -- "$keyfile"' EXIT
trap 'exit 143' HUP INT TERM
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
shift 3
deadline=@{1-} connection=@{2-} marker=@{3-}
[ $# -le 3 ] && shift $# || shift 3

secret=
{ IFS= read -r line && { IFS= read -r secret || :; }; } <"$keyfile" || fail "there is no key in $keyfile"
case $secret in *[!0-9a-f]*) fail "that is no secret" ;; esac
blob=
case $line in
  *" AAAA"*) blob=AAAA$(printf '%s\n' "$line" | sed 's/.* AAAA//; s/ .*//') ;;
  *) [ "$operation" = list ] || fail "that is not a public key" ;;
esac
case $blob in *[!A-Za-z0-9+/=]*) fail "that is not a public key" ;; esac
case $deadline in *[!0-9]*) fail "that is not a time since boot" ;; esac
case $marker in *[!A-Za-z0-9_.:%-]*) fail "that is not a comment" ;; esac

user=$(printf '%s\n' "$path" | sed 's|^/home/||; s|/\.ssh/authorized_keys$||')
case $user in '' | -* | *[!A-Za-z0-9_.-]*) fail "that is not the name of a user" ;; esac
entry=$(getent passwd "$user" 2>/dev/null) || entry=$(awk -F: -v u="$user" '$1 == u { print; exit }' /etc/passwd)
# a directory that does not answer, or another name: the key may go on working
[ -n "$entry" ] || fail "there is no user $user"
IFS=: read -r _ _ uid gid _ home _ <<ENTRY
$entry
ENTRY
case $uid.$gid in .* | *. | *[!0-9.]*) fail "user $user has no number" ;; esac
case $home in /*) ;; *) fail "user $user has no home" ;; esac
while :; do case $home in /) break ;; */) home=@{home%/} ;; *) break ;; esac; done

where=.ssh/authorized_keys settings= problem=
if server=$(command -v sshd); then
  asked=host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport=22
  case $connection in *[!0-9A-Za-z.:%\ ]*) ;; *" "*" "*" "*)
    IFS=' ' read -r peer _ own port <<CONNECTION
$connection
CONNECTION
    asked=host=$peer,addr=$peer,laddr=$own,lport=$port ;;
  esac
  if settings=$("$server" -T -C "user=$user,$asked" 2>&1); then
    where=$(printf '%s\n' "$settings" | sed -n 's/^authorizedkeysfile //p')
  else
    problem="sshd -T: $settings" where=
  fi
fi
[ "$where" != none ] || where=
if [ -z "$where$problem" ]; then
  # what was put there before is taken away
  [ "$operation" = uninstall ] && [ $# -gt 0 ] || problem="sshd reads no authorized_keys file for $user"
fi
# sshd -T prints names with blanks without their quotes
case $where in *" "*)
  for word in $where; do
    case $word in [/.%]*) ;; *) problem="a name in AuthorizedKeysFile has a blank: $where" where= ;; esac
  done ;;
esac
[ -z "$problem" ] || [ "$operation" = uninstall ] || fail "$problem"
descending=$(cat <<'DESCEND'
${DESCEND}
DESCEND
)
eval "$descending"
# The file that sshd means by $1: $file, and in $own by what it is the user's alone
expand() {
  file= own= token=$1
  while :; do
    case $token in *%*) ;; *) break ;; esac
    file=$file@{token%%%*} token=@{token#*%}
    case $token in
      h*) file=$file$home own=@{own:-h} ;;
      u*) file=$file$user own=u ;;
      U*) file=$file$uid own=u ;;
      %*) file=$file% ;;
      *) problem="AuthorizedKeysFile has a token that is not known: %$token"; return 1 ;;
    esac
    token=@{token#?}
  done
  file=$file$token
  case $file in /*) ;; *) file=$home/$file own=@{own:-h} ;; esac
}
# Whether the key that is put there is a key for others too
shared() {
  case $own in u) return 1 ;; '') return 0 ;; esac
  case $file in "$home"/*) case $settings in *"strictmodes no"*) ;; *) return 1 ;; esac ;; esac
  { getent passwd 2>/dev/null || cat /etc/passwd; } | awk -F: -v h="$home" -v u="$uid" '$6 == h && $3 != u { found = 1 } END { exit !found }'
}
roots= users= make=no strict=yes
as_root_does() { roots="$roots$1
"; }
as_user_does() { users="$users$1
"; }
# What is to be done with a file, by whom: $1 what, $2 its path, $3 who has named it
plan() {
  case $2 in
    "$home"/*) if [ "$uid" = 0 ]; then as_root_does "$1 $2"; else as_user_does "$1 $2"; fi ;;
    *)
      if [ "$uid" = 0 ]; then as_root_does "$1 $2"; return; fi
      # the user has been in that half of the script, and may have had it say anything
      if [ "$3" = user ]; then as_user_does "$1 $2"; return; fi
      # what is not root's alone is the user's, where that is whose folders begin there; root goes into none of them
      (
        descend "$2" 2>/dev/null
        [ $? -eq 1 ] && { [ "$3" = lease ] || [ "$owner" = "$uid" ]; }
      ) && as_user_does "$1 $2" || as_root_does "$1 $2"
      ;;
  esac
}
known=
for each in "$@"; do
  by=lease
  # said by earlier versions without either
  case $each in "root "* | "user "*) by=@{each%% *} each=@{each#* } ;; esac
  case $each in *[0-9].[0-9]*.same\ /* | *[0-9].[0-9]*.other\ /*) ;; *) fail "$each is no place of a key" ;; esac
  case $each in *[[:cntrl:]]*) fail "that is no place of a key" ;; esac
  [ "$operation" = uninstall ] || continue
  known="$known$each
"
  plan "uninstall @{each%% *}" "@{each#* }" "$by"
done
# What sshd names first is where a key is put, when all the others have been looked at
set -- $where
first=@{1-}
[ "$operation" != install ] || { shift; set -- "$@" "$first"; }
for each in "$@"; do
  task=$operation
  [ "$operation" != install ] || [ "$each" = "$first" ] || task=look
  expand "$each" || continue
  # it has no keys, and is no place for any
  if [ "$file" = /dev/null ]; then [ "$task" != install ] || fail "/dev/null is no regular file"; continue; fi
  if [ "$task" = install ] && shared; then fail "sshd reads $file for other users too"; fi
  case "$known" in *" $file
"*) ;; *) plan "$task -" "$file" sshd ;; esac
done
[ -z "$problem" ] || [ "$operation" = uninstall ] || fail "$problem"

command -v flock >/dev/null || fail "flock is missing"
(umask 077 && mkdir -p /run/postern) || fail "/run/postern cannot be made"
case $(stat -c '%u %a' /run/postern) in "0 "*[2367]? | "0 "*[2367]) secure=no ;; "0 "*) secure=yes ;; *) secure=no ;; esac
[ "$secure" = yes ] && [ ! -L /run/postern ] || fail "/run/postern is not root's alone"
late() {
  [ -n "$deadline" ] || return 1
  IFS=' ' read -r now _ </proc/uptime || return 0
  [ "@{now%.*}@{now#*.}" -ge "$deadline" ]
}
# one for all the files that this number can write, under whatever name
exec 9>>"/run/postern/uid-$uid.lock" || fail "/run/postern cannot be written"
tries=0
until flock -n 9; do
  tries=$((tries + 1))
  { [ "$tries" -lt 200 ] || [ -n "$deadline" ]; } && ! late || fail "authorized_keys of $user is locked by somebody else"
  sleep 0.05 2>/dev/null || sleep 1
done

! late || fail "there was no time left for it"

edit=$(cat <<'EDIT'
${EDIT}
EDIT
)
edit="set -u
$descending
$edit"
${RUN_HALVES}half= worst=0
trap 'set +f; [ -z "$half" ] || finish "$half"; exit 143' HUP INT TERM
for_user() { [ -z "$users" ] || run as_user "$edit" sh "$line" "$blob" "$marker" "$deadline" no "$home" "$uid" 077 "$users"; }
for_root() {
  mask=022
  case $roots in *" $home/"*) mask=077 ;; esac
  [ -z "$roots" ] || run as_root "$edit" sh "$line" "$blob" "$marker" "$deadline" yes "$home" "$uid" "$mask" "$roots"
}
# files that are only looked at come first
case $roots in
  *"install -"*) for_user; [ "$worst" -ne 0 ] || for_root ;;
  *) for_root; [ "$worst" -eq 0 ] || [ "$operation" = uninstall ] || exit "$worst"; for_user ;;
esac
[ "$worst" -eq 0 ] || exit "$worst"
[ -z "$problem" ] || fail "$problem"
exit 0
`)
