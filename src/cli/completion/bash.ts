import type { Completes } from '../options.js';
import { type CompletedCommand, type CompletionScript, quotedForShell } from './words.js';

/** For bash from 3.2 on, which macOS has. */
export const bashScript: CompletionScript = (
  commands,
) => `# Completion of kosh-ingest in bash: source <(kosh-ingest completion bash)
_kosh_ingest() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} words= flags= positional= value= done= line
  # bash takes --flag=value for three words.
  [[ $cur == = ]] && cur=
  [[ $prev == = ]] && prev=\${COMP_WORDS[COMP_CWORD-2]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    words=${quotedForShell([...commands.map(({ name }) => name), '--help', '--version'].join(' '))}
  else
    case \${COMP_WORDS[1]} in
${commands.map(commandCase).join('\n')}
      *) return ;;
    esac
    if [[ -z $value && $cur == -* ]]; then words=$flags
    elif [[ -z $value ]]; then value=$positional; fi
    case $value in
      path)
        compopt -o filenames 2>/dev/null
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$cur")
        return ;;
      words:*) words=\${value#words:} ;;
      list:*)
        words=\${value#list:}
        [[ $cur == *,* ]] && done=\${cur%,*}, ;;
    esac
  fi
  while IFS= read -r line; do COMPREPLY+=("$done$line"); done < <(compgen -W "$words" -- "\${cur#"$done"}")
}
complete -F _kosh_ingest kosh-ingest
`;

function commandCase({ name, flags, positional }: CompletedCommand): string {
  const values = flags
    .filter(({ hasValue }) => hasValue)
    .map(({ name: flag, completes }) => `          --${flag}) value=${quotedForShell(kindOf(completes))} ;;`);
  return [
    `      ${name})`,
    `        flags=${quotedForShell(flags.map((flag) => `--${flag.name}`).join(' '))}`,
    ...(positional === undefined ? [] : [`        positional=${quotedForShell(kindOf(positional))}`]),
    ...(values.length === 0 ? [] : ['        case $prev in', ...values, '        esac']),
    '        ;;',
  ].join('\n');
}

/** What the script calls a kind of value; nothing is proposed for `any`. */
function kindOf(completes: Completes | undefined): string {
  if (completes === undefined) return 'any';
  return completes === 'path' ? 'path' : `${completes.isList ? 'list' : 'words'}:${completes.words.join(' ')}`;
}
