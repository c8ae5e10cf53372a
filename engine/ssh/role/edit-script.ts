import { shellText } from './shell-text.ts'

/**
 * The part of the built-in script that changes to a directory: POSIX sh, one component at a time and with relative names from there on, so
 * that a directory cannot be replaced after it was checked.
 */
export const DESCEND = shellText(String.raw`
say() { printf '%s\n' "$*" >&2; }
# What cannot be seen is not gone: a file server that does not answer, a folder that cannot be searched
gone() {
  [ ! -e "./$1" ] && [ ! -L "./$1" ] || return 1
  case $(ls -d "./$1" 2>&1) in *": No such file or directory") ;; *) return 1 ;; esac
}
alone() { [ "$owner" = 0 ] && case $mode in *[2367]? | *[2367]) false ;; esac; }
here() {
  facts=$(stat -c '%u %a %d %i' .) || return 1
  owner=@{facts%% *} facts=@{facts#* }
  mode=@{facts%% *} facts=@{facts#* }
  device=@{facts%% *} inode=@{facts#* }
}
# Goes to the folder of the file $1, and calls the file $name. 2: it is not there, and would be in the folder where this stops.
# $strict  no folder on the way may be another's than root's, nor a link
# $make    the last folder is made, if it is below the home
# The home, or where the file is in none the folder, is what the place is known by again: $anchor
descend() {
  at= anchor= within= name= rest=@{1#/}
  cd / || return 1
  while :; do
    here || return 1
    [ "$strict" = no ] || alone || { say "$at/, on the way to $1, is neither in the home of the user nor root's alone"; return 1; }
    case $1 in "$home"/*) ;; *) keeper=$owner ;; esac
    [ "$at" != "$home" ] || anchor=$inode within=$device keeper=$owner
    case $rest in */*) ;; *) break ;; esac
    part=@{rest%%/*} rest=@{rest#*/}
    case $part in
      '' | .) continue ;;
      ..) say "$1 goes up"; return 1 ;;
    esac
    if gone "$part"; then
      [ "$make" = yes ] && [ -n "$anchor" ] || return 2
      case $rest in */*) return 2 ;; esac
      (umask 077 && mkdir "./$part") || return 1
    fi
    [ "$strict" = no ] || [ ! -L "./$part" ] || { say "$at/$part, on the way to $1, is a link"; return 1; }
    cd -P "./$part" || return 1
    at=$at/$part
  done
  name=$rest
  [ -n "$name" ] || { say "$1 is no name of a file"; return 1; }
  case $(pwd -P)/ in /dev/* | /proc/* | /sys/*) say "$1 is no place for keys"; return 1 ;; esac
  [ -n "$anchor" ] || anchor=$inode within=$device
}
`)

/**
 * The part of the built-in script that edits files, as their owner. `$1` to `$3` are the operation, the line and the key, `$4` the comment
 * that a line must end with, `$5` the deadline in hundredths of a second since boot, `$6` to `$9` as for {@link DESCEND}. Then the files, one
 * per line: operation, identity of the place where the key was put or `-`, and path.
 */
export const EDIT = shellText(String.raw`
line=$1 blob=$2 marker=$3 deadline=$4 strict=$5 home=$6 uid=$7 mask=$8 files=$9
said=
[ "$strict" = no ] || said=@{secret:+$secret }
unset secret
refuse() { say "$*"; exit 3; }
late() {
  [ -n "$deadline" ] || return 1
  IFS=' ' read -r now _ </proc/uptime || return 0
  [ "@{now%.*}@{now#*.}" -ge "$deadline" ]
}
# Whole words: the key as one, and in a sweep our comment as the last
word="[[:blank:]]$blob[[:space:]]" last="[[:blank:]]$blob\$"
if [ -n "$marker" ]; then
  word="[[:blank:]]$blob[[:blank:]]$(printf '%s\n' "$marker" | sed 's/\./[.]/g')[[:space:]]*\$" last=$word
fi
has() {
  grep -q -e "$word" -e "$last" "./$name"
  case $? in 0) ;; 1) return 1 ;; *) exit 3 ;; esac
}
# That a key is not there is proof only in the place where it was put, or where that is not known in a home that is the user's
proved() {
  relation=other
  [ "$within" != "$device" ] || relation=same
  if [ "$1" = - ]; then
    [ "$missing" != yes ] || [ "$strict" = yes ] || [ "@{keeper-}" = "$uid" ] ||
      refuse "the home of the user, $home, is not there"
    return 0
  fi
  [ "$1" != "$within.$anchor.$relation" ] || return 0
  # the first number changes when a file system is mounted again, the second changes in an overlay
  case $1 in
    *".$anchor.$relation") [ -n "$anchor" ] && return 0 ;;
    "$within."*".$relation") [ "$(stat -f -c %T .)" != overlayfs ] || return 0 ;;
  esac
  refuse "the folder of $path is not the one that it was when the key was put there"
}
facts() { stat -c '%d %i %u %g/%s %y %z' "./$name"; }
begins() { head -c "$size" "./$name" | cksum; }
# Whether nothing has happened to the file, or only that somebody has added to it, which is taken over in the end
same() {
  now=$(facts) || return 1
  [ "$now" != "$before" ] || return 0
  [ -f ./.postern.kept ] && [ "@{now%%/*}" = "@{before%%/*}" ] && [ "$(begins)" = "$beginning" ]
}
rewrite() {
  # what was killed here has left
  find . ! -name . -prune -name '.postern.??????' -mmin +10 -exec rm -f {} \; 2>/dev/null
  rm -f ./.postern.kept
  trap 'rm -f "@{draft-}" ./.postern.kept' EXIT
  # a second name for the file as it was; not all file systems have them
  ln "./$name" ./.postern.kept 2>/dev/null
  before=$(facts) && size=$(stat -c %s "./$name") && beginning=$(begins) || exit 3
  draft=$(mktemp ./.postern.XXXXXX) || exit 3
  cp -p "./$name" "$draft" || exit 3
  [ "$(stat -c %u:%g "$draft")" = "$(stat -c %u:%g "./$name")" ] || refuse "$path belongs to somebody else"
  mode=00$(stat -c %a "$draft") && chmod 600 "$draft" || exit 3
  # before the others: so the end of the file stays as it is, with or without a newline
  {
    { [ "$task" = uninstall ] || printf '%s\n' "$line"; } &&
      head -c "$size" "./$name" | sed -e "\\,$word,d" -e "\\,$last,d"
  } >"$draft" || exit 3
  chmod "@{mode#@{mode%???}}" "$draft" || exit 3
  if ! same; then rm -f "$draft"; return 1; fi
  ! late || refuse "there was no time left for it"
  mv -f "$draft" "./$name" || exit 4
  [ -f ./.postern.kept ] && [ "$(stat -c %s ./.postern.kept)" -gt "$size" ] || return 0
  tail -c "+$((size + 1))" ./.postern.kept >>"./$name" || exit 4
}
change() { rewrite || rewrite || rewrite || refuse "$path is being changed by somebody else"; }
# What is said last is where the key was put, for the one who has it removed
one() {
  make=no missing=no
  [ "$task" != install ] || make=yes
  descend "$path"
  case $? in 0) ;; 2) missing=yes ;; *) exit 3 ;; esac
  if [ "$missing" = no ] && [ "$strict" = no ] && [ -L "./$name" ]; then
    path=$(readlink -f "./$name") && descend "$path" || refuse "$path leads nowhere"
  fi
  [ "$missing" = yes ] || ! gone "$name" || missing=file
  if [ "$missing" = no ]; then
    [ ! -L "./$name" ] && [ -f "./$name" ] || refuse "$path is no regular file"
    [ -r "./$name" ] || refuse "$path cannot be read"
  fi
  case $path in *[[:cntrl:]]*) refuse "the path has a control character" ;; esac
  case $task-$missing in
    install-yes) refuse "there is no folder for $path" ;;
    install-*)
      [ "$missing" = no ] || (umask "$mask" && : >>"./$name") || exit 3
      change
      missing=no && proved - && printf '%sfile %s %s\n' "$said" "$within.$anchor.$relation" "$path"
      ;;
    uninstall-no) if has; then change; else proved "$known"; fi ;;
    list-no)
      # not grep, which shows no lines of a file with a NUL
      if [ -n "$blob" ]; then sed -n -e "\\,$word,{p;d;}" -e "\\,$last,p" "./$name"; else sed -n -e '/ postern:/p' "./$name"; fi || exit 3
      ;;
    look-*) ;;
    *) proved "$known" ;;
  esac
}
worst=0
while read -r task known path; do
  [ -n "$task" ] || continue
  (one)
  code=$?
  [ "$code" -le "$worst" ] || worst=$code
  # nothing is put where not everything can be looked at; what can be taken away is
  [ "$code" -eq 0 ] || [ "$task" = uninstall ] || break
done <<FILES
$files
FILES
exit "$worst"
`)
