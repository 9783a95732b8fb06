import { didYouMean } from '../../config/did-you-mean.js';
import { exitCodes, IngestError } from '../../errors.js';
import type { Command } from '../command.js';
import type { CompletionScript } from '../completion/words.js';
import type { Arguments } from '../options.js';

const shells = {
  bash: async () => (await import('../completion/bash.js')).bashScript,
  zsh: async () => (await import('../completion/zsh.js')).zshScript,
  fish: async () => (await import('../completion/fish.js')).fishScript,
} as const satisfies Readonly<Record<string, () => Promise<CompletionScript>>>;

const names = Object.keys(shells) as (keyof typeof shells)[];

/** `kosh-ingest completion`: a script by which a shell completes the commands, flags and values of this program. */
export function completionCommand(commands: () => Readonly<Record<string, Command>>): Command {
  return {
    usage: '[shell]',
    positionals: { shell: { description: `${names.join(', ')}.`, completes: { words: names, isList: false } } },
    description: 'Prints a completion script for a shell.',
    flags: {},
    examples: [
      ['bash', 'in ~/.bashrc: source <(kosh-ingest completion bash)'],
      ['fish', 'kosh-ingest completion fish > ~/.config/fish/completions/kosh-ingest.fish'],
    ],
    run: async (argv) => {
      const script = await shells[shellOf(argv)]();
      const { completedCommands } = await import('../completion/words.js');
      process.stdout.write(script(completedCommands(commands())));
      return exitCodes.done;
    },
  };
}

function shellOf({ shell, _: [, extra] }: Arguments): keyof typeof shells {
  const known = `known: ${names.join(', ')}`;
  if (shell === undefined) throw new IngestError('ERR_USAGE', 'completion: a shell is missing', { hint: known });
  const name = names.find((one) => one === shell);
  if (name === undefined) {
    const hint = didYouMean(String(shell), names, known);
    throw new IngestError('ERR_USAGE', `${String(shell)}: no completion for this shell`, { hint });
  }
  if (extra === undefined) return name;
  throw new IngestError('ERR_USAGE', `${String(extra)}: completion takes one shell`, {
    hint: `for example: kosh-ingest completion ${name}`,
  });
}
