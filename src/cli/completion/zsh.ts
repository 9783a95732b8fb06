import type { Completes } from '../options.js';
import { type CompletedCommand, type CompletedFlag, type CompletionScript, quotedForShell } from './words.js';

/** For zsh with its completion system (`compinit`): sourced, or as the file `_kosh-ingest` in a folder of `fpath`. */
export const zshScript: CompletionScript = (commands) => `#compdef kosh-ingest
# Completion of kosh-ingest in zsh: source <(kosh-ingest completion zsh), after compinit
_kosh_ingest() {
  local -a commands
  commands=(
${commands.map(({ name, description }) => `    ${quotedForShell(`${name}:${description}`)}`).join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${commands.map(commandCase).join('\n')}
  esac
}
if [ "$funcstack[1]" = "_kosh_ingest" ]; then _kosh_ingest "$@"; else compdef _kosh_ingest kosh-ingest; fi
`;

function commandCase({ name, flags, positional }: CompletedCommand): string {
  const specs = [...flags.map(flagSpec), ...(positional === undefined ? [] : [`*:${name}:${actionOf(positional)}`])];
  const words = specs.map((spec) => `        ${quotedForShell(spec)}`);
  return [`    ${name})`, ['      _arguments', ...words].join(' \\\n'), '      ;;'].join('\n');
}

/** A flag is offered until it has been given. */
function flagSpec({ name, description, hasValue, completes }: CompletedFlag): string {
  const text = description.replace(/[[\]]/g, '');
  return hasValue ? `--${name}=[${text}]:${name}:${actionOf(completes)}` : `--${name}[${text}]`;
}

function actionOf(completes: Completes | undefined): string {
  if (completes === undefined) return ' ';
  if (completes === 'path') return '_files';
  return completes.isList ? ` _values -s , value ${completes.words.join(' ')}` : `(${completes.words.join(' ')})`;
}
