import type { Environment } from './results.js';
import type { Measurements } from './verdict.js';

type Show = (run: Measurements) => string;

const of =
  (show: (environment: Environment) => string | number | null): Show =>
  ({ environment }) =>
    `${show(environment) ?? 'none'}`;

/** What has to be the same for two runs to say something about the code. */
const facts: Readonly<Record<string, Show>> = {
  CPU: of(({ cpu }) => cpu),
  cores: of(({ cores }) => cores),
  memory: of(({ memoryBytes }) => `${(memoryBytes / 1e9).toFixed(0)} GB`),
  system: of(({ system }) => system),
  'file system': of(({ fileSystem }) => fileSystem),
  Node: of(({ node }) => node),
  store: of(({ engine, engineVersion }) => `${engine} ${engineVersion}`),
  'journal mode': of(({ journalMode }) => journalMode),
  synchronous: of(({ synchronous }) => synchronous),
  'size of a trial': ({ size }) =>
    'seconds' in size ? `${size.seconds} s` : 'records' in size ? `${size.records} records` : size.job,
  ensembles: ({ ensembles }) => `${ensembles}`,
  datasets: ({ datasets }) => `${datasets}`,
  attributes: ({ attributes }) => `${attributes}`,
  control: ({ control }) => `${control ?? 'none'}`,
};

/** A disk that answers so many times slower or faster is another disk. */
const otherDisk = 2;

/** What differs between the runs, both values. This package's own version is meant to. */
export function environmentNotes(now: Measurements, saved: Measurements): string[] {
  const notes = Object.entries(facts).flatMap(([name, show]) => differing(name, show(saved), show(now)));
  const packages = [...new Set([...Object.keys(saved.environment.versions), ...Object.keys(now.environment.versions)])];
  for (const name of packages.filter((one) => one !== 'kosh-ingest')) {
    const version = ({ environment: { versions } }: Measurements) =>
      Object.hasOwn(versions, name) ? (versions[name] ?? 'none') : 'none';
    notes.push(...differing(name, version(saved), version(now)));
  }
  const syncs = [saved.environment.syncMs, now.environment.syncMs] as const;
  if (Math.max(...syncs) > otherDisk * Math.min(...syncs)) {
    notes.push(...differing('the time of writing 4 KiB and fdatasync', `${syncs[0].toFixed(2)} ms`, `${syncs[1].toFixed(2)} ms`));
  }
  if (saved.interrupted) notes.push(`The saved run was interrupted after ${saved.rounds} rounds.`);
  return notes;
}

function differing(name: string, saved: string, now: string): string[] {
  return saved === now ? [] : [`The runs differ in ${name}: ${saved} in the saved one, ${now} in this one.`];
}
