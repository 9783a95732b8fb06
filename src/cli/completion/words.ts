import type { Command } from '../command.js';
import { type Completes, commonFlags } from '../options.js';

/** A command as a shell's completion needs it. */
export interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly flags: readonly CompletedFlag[];
  /** What the positionals are; undefined for a command without. */
  readonly positional: Completes | undefined;
}

export interface CompletedFlag {
  /** Without the dashes. */
  readonly name: string;
  readonly description: string;
  /** Whether a value follows. */
  readonly hasValue: boolean;
  /** What the value can be, where that is known. */
  readonly completes: Completes | undefined;
}

/** A shell's completion script. Throws nothing, reads nothing: it is made of the tables of the options. */
export type CompletionScript = (commands: readonly CompletedCommand[]) => string;

/** Everything that can be completed, from the commands of the program. */
export function completedCommands(commands: Readonly<Record<string, Command>>): CompletedCommand[] {
  return Object.entries(commands).map(([name, { description, flags, positionals }]) => {
    const [positional] = Object.values(positionals);
    const own = Object.entries(flags).map(([flag, { description: text = '', requiresArg, completes }]) => ({
      name: flag,
      description: text,
      hasValue: requiresArg === true,
      completes,
    }));
    const common = commonFlags.map((flag) => ({ name: flag, description: '', hasValue: false, completes: undefined }));
    return { name, description, flags: [...own, ...common], positional: positional && (positional.completes ?? 'path') };
  });
}

/** A text in single quotes, as bash, zsh and fish read it. */
export function quotedForShell(text: string): string {
  return `'${text.replaceAll('\\', '').replaceAll("'", '’')}'`;
}
