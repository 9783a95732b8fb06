import { type CompletedCommand, type CompletedFlag, type CompletionScript, quotedForShell } from './words.js';

/** For fish 3 and later. */
export const fishScript: CompletionScript = (
  commands,
) => `# Completion of kosh-ingest in fish: kosh-ingest completion fish | source
complete -c kosh-ingest -e
complete -c kosh-ingest -n __fish_use_subcommand -f
${commands.map(commandLines).join('\n')}
`;

function commandLines({ name, description, flags, positional }: CompletedCommand): string {
  const within = `complete -c kosh-ingest -n '__fish_seen_subcommand_from ${name}'`;
  const own =
    positional === 'path' ? [] : [`${within} -f${positional ? ` -a ${quotedForShell(positional.words.join(' '))}` : ''}`];
  return [
    `complete -c kosh-ingest -n __fish_use_subcommand -f -a ${name} -d ${quotedForShell(description)}`,
    ...own,
    ...flags.map((flag) => `${within} ${flagWords(flag)}`),
  ].join('\n');
}

function flagWords({ name, description, hasValue, completes }: CompletedFlag): string {
  const words = [`-l ${name}`];
  if (hasValue && completes === 'path') words.push('-r -F');
  else if (hasValue) words.push('-x');
  if (typeof completes === 'object') {
    const list = completes.words.join(' ');
    words.push(`-a ${completes.isList ? `'(__fish_append , ${list})'` : quotedForShell(list)}`);
  }
  if (description !== '') words.push(`-d ${quotedForShell(description)}`);
  return words.join(' ');
}
