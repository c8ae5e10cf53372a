/**
 * The completion scripts. All of them get the candidates from the installed program, with `postern completion words SHELL WORD…`, so they
 * fit every version.
 */
export const SCRIPTS = {
  bash: `# bash completion for postern: source <(postern completion bash)
_postern() {
  local IFS=$'\\n'
  COMPREPLY=($(postern completion words bash "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *[=/] ]] && compopt -o nospace
  return 0
}
complete -o default -F _postern postern
`,
  zsh: `#compdef postern
# zsh completion for postern: postern completion zsh > "\${fpath[1]}/_postern"
_postern() {
  local -a lines valued plain
  lines=("\${(@f)$(postern completion words zsh "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  lines=("\${(@)lines:#}")
  (( \${#lines} )) || { _files; return }
  valued=("\${(@M)lines:#*[=/](|:*)}")
  plain=("\${(@)lines:#*[=/](|:*)}")
  (( \${#valued} )) && _describe -t flags 'flag' valued -S ''
  (( \${#plain} )) && _describe -t commands 'command' plain
}
if [[ \${funcstack[1]-} == _postern ]]; then _postern "$@"; else compdef _postern postern; fi
`,
  fish: `# fish completion for postern: postern completion fish > ~/.config/fish/completions/postern.fish
function __postern_words
  postern completion words fish (commandline -opc)[2..] (commandline -ct) 2>/dev/null
end
complete -c postern -f -k -a '(__postern_words)'
complete -c postern -n 'not __postern_words | string length -q' -F
complete -c postern -n '__fish_seen_subcommand_from ssh' -a '(__fish_print_hostnames)'
`,
} as const

export type Shell = keyof typeof SCRIPTS

export const SHELLS = Object.keys(SCRIPTS) as readonly Shell[]
