import { didYouMean } from '../../src/config/did-you-mean.js';
import { IngestError } from '../../src/errors.js';
import { type ControlName, controls } from './controls.js';
import type { RunPlan } from './run-plan.js';
import { type RunHooks, runStress } from './run-stress.js';
import type { Verdict } from './verdict.js';

/** A strategy that is broken on purpose, and whether that was found out. */
export interface ControlResult {
  readonly name: string;
  /** What is wrong with it. */
  readonly defect: string;
  readonly caught: boolean;
  readonly seconds: number;
  /** Names of the invariants that broke. */
  readonly broken: readonly string[];
  /** Of the last round. */
  readonly verdict: Verdict;
}

/** In this time a control has to be caught. */
const limitSeconds = 60;
/** A control runs in rounds, each with the next seed, until it is caught. */
const roundSeconds = 12;

/** The controls that a name stands for. Throws `ERR_USAGE` for one that is none. */
export function controlsNamed(name: string): readonly ControlName[] {
  const known = Object.keys(controls) as ControlName[];
  if (name === 'all') return known;
  if (Object.hasOwn(controls, name)) return [name as ControlName];
  throw new IngestError('ERR_USAGE', `--control: no such control ${JSON.stringify(name)}`, {
    hint: didYouMean(name, [...known, 'all'], `known: ${known.join(', ')}, all`),
  });
}

/** Runs controls one after the other, each until it is caught, for a minute at the most. */
export async function runControls(names: readonly ControlName[], plan: RunPlan, hooks: RunHooks = {}): Promise<ControlResult[]> {
  if (names.length > 1 && plan.history !== '') {
    throw new IngestError('ERR_USAGE', '--history: has no meaning with --control all: each has its own', {
      hint: 'name one control, or leave out --history',
    });
  }
  const results: ControlResult[] = [];
  for (const name of names) {
    if (hooks.signal?.aborted) break;
    results.push(await runControl(name, plan, hooks));
  }
  return results;
}

async function runControl(name: ControlName, plan: RunPlan, hooks: RunHooks): Promise<ControlResult> {
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1000;
  for (let round = 0; ; round++) {
    const left = limitSeconds - seconds();
    const { verdict } = await runStress(
      { ...plan, control: name, seed: (plan.seed + round) % 2 ** 32, seconds: Math.max(1, Math.min(roundSeconds, left)) },
      hooks,
    );
    const broken = verdict.invariants.filter(({ held }) => held === false);
    if (verdict.broken || hooks.signal?.aborted || seconds() + 1 > limitSeconds) {
      const { defect } = controls[name];
      return { name, defect, caught: verdict.broken, seconds: seconds(), broken: broken.map((one) => one.name), verdict };
    }
  }
}
