/** How a shell completes: the script, and the line that loads it. */
export interface CompletingShell {
  script: string;
  load: string;
  startFile: string;
}

/**
 * The scripts call `baton completion words` by the path that was typed, with the words of the command line. They get one
 * candidate a line: word, tab, description. Without candidates the shell completes names of files.
 */
export const shells: Readonly<Record<string, CompletingShell>> = {
  bash: {
    load: "source <(./baton completion bash)",
    startFile: "~/.bashrc",
    script: `_baton() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do COMPREPLY+=("\${line%%$'\\t'*}"); done \\
    < <("\${1/#\\~/$HOME}" completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null)
}
complete -o bashdefault -o default -F _baton baton`,
  },
  zsh: {
    load: "source <(./baton completion zsh)",
    startFile: "~/.zshrc, after compinit",
    script: `_baton() {
  local -a candidates
  candidates=("\${(@f)$("\${words[1]/#\\~/$HOME}" completion words -- "\${(@)words[2,CURRENT]}" 2> /dev/null)}")
  if [[ -z "$candidates" ]]; then _files; return; fi
  candidates=("\${(@)candidates//:/\\\\:}")
  candidates=("\${(@)candidates/$'\\t'/:}")
  _describe baton candidates
}
compdef _baton baton`,
  },
  fish: {
    load: "./baton completion fish | source",
    startFile: "~/.config/fish/config.fish",
    script: `function __baton_complete
  set -l words (commandline -opc)
  set -l program (string replace -r '^~' $HOME -- $words[1])
  set -l candidates ($program completion words -- $words[2..] (commandline -ct) 2> /dev/null)
  if test (count $candidates) -gt 0
    printf '%s\\n' $candidates
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c baton -f -a '(__baton_complete)'`,
  },
};
