import type { ComparedGroup, Comparison } from '../baseline.js';
import { counted, ratio } from './format.js';

/** What became of a group's speed, without its numbers. */
export const outcomes: Readonly<Record<ComparedGroup['outcome'], string>> = {
  slower: 'slower than allowed',
  'not slower': 'not slower than allowed',
  'cannot tell': 'cannot tell',
};

/** What became of a group's speed; where that cannot be told, why, and what to do. */
export function outcomeText(group: ComparedGroup, comparison: Comparison): string {
  const { outcome, ratio: speed, p } = group;
  if (outcome !== 'cannot tell') return outcomes[outcome];
  return `${outcomes[outcome]}: ${ratio(speed)} of the saved speed, but ${doubt(group, comparison)} (p ${pText(p)}); more --repeats, or a quieter machine`;
}

/** With few enough rounds nothing could have been found, however even they are. */
function doubt({ smallestP }: ComparedGroup, { alpha }: Comparison): string {
  return smallestP > alpha ? 'there are too few rounds' : 'the rounds vary too much';
}

/** The line of a group: `RFileLock notebook, 4 trials: 0.72 of the saved speed, slower than allowed (p <0.001)`. */
export function groupText(group: ComparedGroup, comparison: Comparison): string {
  const { strategy, load, trials, outcome, ratio: speed, p } = group;
  const name = `${strategy} ${load}, ${counted(trials.length, 'trial')}`;
  if (outcome === 'cannot tell') return `${name}: ${outcomeText(group, comparison)}`;
  return `${name}: ${ratio(speed)} of the saved speed, ${outcomes[outcome]} (p ${pText(p)})`;
}

/** A probability: `0.26`, `0.012`, `<0.001`. */
export function pText(p: number): string {
  return p < 0.001 ? '<0.001' : p.toFixed(p < 0.0995 ? 3 : 2);
}

/** What the comparison is with. */
export function comparisonTitle({ file, date, allowed }: Comparison): string {
  return `Compared with ${file} of ${date.slice(0, 10)}; ${allowed} % slower is allowed`;
}

/** The comparison in one sentence: `SLOWER than results.json allows: RFileLock notebook 0.21 of the saved speed.` */
export function comparisonLine({ file, groups, slower }: Comparison): string {
  const of = (outcome: ComparedGroup['outcome']) => groups.filter((group) => group.outcome === outcome);
  if (slower) return `SLOWER than ${file} allows: ${speeds(of('slower'))} of the saved speed.`;
  const unknown = of('cannot tell');
  if (unknown.length === 0) return `Not slower than ${file} allows.`;
  const isAll = unknown.length === groups.length;
  return `${isAll ? 'Cannot tell whether this is slower' : 'Nothing found that is slower'} than ${file} allows${isAll ? '' : ', but it cannot be told of all'}: ${speeds(unknown)} of the saved speed${isAll ? '' : ' may be chance'}.`;
}

function speeds(groups: readonly ComparedGroup[]): string {
  return groups.map(({ strategy, load, ratio: speed }) => `${strategy} ${load} ${ratio(speed)}`).join(', ');
}
