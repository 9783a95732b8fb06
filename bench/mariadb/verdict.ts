import type { MariadbGroupResult, MariadbResults } from './results.js';
import {
  groupOf,
  medianOf,
  retriesOf,
  shownSpeed,
  speedIn,
  targetRows,
  transactionsOf,
  trialOf,
  wantedSpeed,
} from './targets.js';
import { loadName, sendName } from './trials.js';

/** What the figures say, in one paragraph of plain words; of what was measured, and failed trials first. */
export function verdictOf(results: MariadbResults): string {
  const sentences: readonly [MariadbGroupResult | undefined, (group: MariadbGroupResult) => string[]][] = [
    [groupOf(results, 'single'), (group) => [...target(results), ...where(group)]],
    [groupOf(results, 'contention'), contention],
    [groupOf(results, 'cluster'), cluster],
    [groupOf(results, 'sending'), sending],
  ];
  const said = sentences.flatMap(([group, say]) => (group ? say(group) : []));
  return [...failures(results), ...said].join(' ');
}

function failures({ groups }: MariadbResults): string[] {
  const failed = groups.flatMap(({ name, trials }) =>
    trials.filter(({ faults }) => faults.length > 0).map((trial) => `${name}, ${trial.name}`),
  );
  return failed.length === 0 ? [] : [`FAILED, and without figures: ${failed.join('; ')}.`];
}

function target(results: MariadbResults): string[] {
  const rows = targetRows(results).flatMap(({ trial, speed }) => (speed === undefined ? [] : [{ trial, speed }]));
  if (rows.length === 0) return [];
  const [met, missed] = [rows.filter(({ speed }) => speed >= wantedSpeed), rows.filter(({ speed }) => speed < wantedSpeed)];
  const list = (some: typeof rows) =>
    some.map(({ trial, speed }) => `${shownSpeed(speed)} with ${trial.replace('OnlyRetry, ', '')}`).join(', ');
  return [
    `A load with OnlyRetry shall reach ${wantedSpeed} of the speed of \`LOAD DATA INFILE\`.`,
    ...(met.length > 0 ? [`It does: ${list(met)}.`] : []),
    ...(missed.length > 0 ? [`It does not reach it: ${list(missed)}.`] : []),
  ];
}

function where(group: MariadbGroupResult): string[] {
  const one = trialOf(group, loadName({ strategy: 'OnlyRetry', workers: 1 }));
  if (!one) return [];
  const [own, client, server] = [medianOf(one, 'ownSeconds'), medianOf(one, 'cpuSeconds'), medianOf(one, 'serverSeconds')];
  const floor = medianOf(group.floor, 'serverSeconds');
  return [
    `With one worker it takes ${own.toFixed(1)} s, in which the server computes ${server.toFixed(1)} s (for the floor ${floor.toFixed(1)} s) and`,
    `the process of the load, its start included, ${client.toFixed(1)} s.`,
  ];
}

function contention(group: MariadbGroupResult): string[] {
  const [few, many] = [1, 8].map((workers) => trialOf(group, loadName({ strategy: 'OnlyRetry', workers })));
  if (!few || !many) return [];
  const rate = (trial: typeof few) => Math.round(group.records / medianOf(trial, 'ownSeconds')).toLocaleString('en-US');
  return [
    `With small transactions one worker writes ${rate(few)} records/s and eight write ${rate(many)};`,
    `of the eight's transactions ${again(many)}.`,
  ];
}

/** How many transactions were run again, and after what. */
function again(trial: Parameters<typeof retriesOf>[0]): string {
  const retries = [...retriesOf(trial)];
  const sum = retries.reduce((total, [, count]) => total + count, 0);
  const all = transactionsOf(trial);
  if (sum === 0) return `none was run again (${all} in all rounds)`;
  return `there were ${sum} runs more than the ${all} needed (${retries.map(([code]) => code).join(', ')})`;
}

function cluster(group: MariadbGroupResult): string[] {
  const speeds = (spread: boolean) =>
    [1, 2, 4]
      .map((workers) => speedIn(group, loadName({ strategy: 'OnlyRetry', workers, spread })))
      .map((speed) => speed?.toFixed(2) ?? '-')
      .join(', ');
  const four = trialOf(group, loadName({ strategy: 'OnlyRetry', workers: 4, spread: true }));
  return [
    `On three nodes, beside a floor on the first of them, 1, 2 and 4 workers reach ${speeds(false)} when all of them work on the first node and`,
    `${speeds(true)} when they are spread over the nodes${four ? `; of the transactions of four that are spread ${again(four)}` : ''}.`,
  ];
}

function sending(group: MariadbGroupResult): string[] {
  const seconds = (way: 'batch' | 'multi' | 'local', keys: 'on' | 'off') => {
    const trial = trialOf(group, sendName(way, keys));
    return trial ? medianOf(trial, 'ownSeconds').toFixed(2) : '-';
  };
  const both = (way: 'batch' | 'multi' | 'local') => `${seconds(way, 'on')} s (${seconds(way, 'off')} s)`;
  return [
    `Of the ways to send rows, with foreign keys checked by the server (and not), the bulk protocol of \`batch()\`, which the product uses, takes ${both('batch')},`,
    `\`LOAD DATA LOCAL INFILE\` ${both('local')} and \`INSERT\` of 1000 rows ${both('multi')}; \`LOAD DATA LOCAL\` turns duplicates and values that do not fit into warnings,`,
    'which is why the product does not use it.',
  ];
}
