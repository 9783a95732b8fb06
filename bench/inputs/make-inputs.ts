import { closeSync, mkdirSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Random, randomOf } from '../support/random.js';

/** Written to disk at once. */
const blockRecords = 500;
const ensembles = 100;
const seed = 20_261_128;

/** What was written. */
export interface Made {
  readonly records: number;
  readonly relationships: number;
  readonly bytes: number;
}

/** Writes `count` documents of one record each, as a simulation code leaves one for each run: `run_00001_sina.json`. */
export function makeDocuments(folder: string, count: number): Made {
  mkdirSync(folder, { recursive: true });
  const random = randomOf(seed, 1);
  let bytes = 0;
  for (let n = 0; n < count; n++) {
    const text = `${JSON.stringify({ records: [recordOf(n, random)], relationships: [] }, undefined, 1)}\n`;
    bytes += text.length;
    writeFileSync(join(folder, `${idOf(n)}_sina.json`), text);
  }
  return { records: count, relationships: 0, bytes };
}

/** Writes Sina records, one a line, until the file has `bytes`. */
export function makeJsonLines(file: string, bytes: number): Made {
  const random = randomOf(seed, 2);
  return { ...makeLines(file, bytes, '', (n) => JSON.stringify(recordOf(n, random))), relationships: 0 };
}

/** Writes datasets, one a row: parameters, a text and two series as list cells. */
export function makeCsv(file: string, bytes: number): Made {
  const random = randomOf(seed, 3);
  const names = scalarNames.join(',');
  return { ...makeLines(file, bytes, `id,${names},status,time,energy_series\n`, (n) => rowOf(n, random)), relationships: 0 };
}

function makeLines(file: string, bytes: number, head: string, lineOf: (n: number) => string): Omit<Made, 'relationships'> {
  const out = openSync(file, 'w');
  writeSync(out, head);
  let records = 0;
  let written = head.length;
  while (written < bytes) {
    const block = `${Array.from({ length: blockRecords }, () => lineOf(records++)).join('\n')}\n`;
    written += writeSync(out, block);
  }
  closeSync(out);
  return { records, bytes: statSync(file).size };
}

const scalarNames = ['pressure', 'temperature', 'density', 'velocity', 'energy', 'viscosity', 'mass_flow', 'residual'];
const states = ['converged', 'diverged', 'out of time'];

function recordOf(n: number, random: Random) {
  const data: Record<string, unknown> = {};
  for (const name of scalarNames) data[name] = { value: numberOf(random), units: 'SI', tags: ['output'] };
  data.status = { value: states[n % states.length] };
  data.study = { value: `study_${n % ensembles}` };
  return {
    id: idOf(n),
    type: 'sim_run',
    data,
    curve_sets: {
      history: {
        independent: { time: { value: seriesOf(20, random) } },
        dependent: { energy_history: { value: seriesOf(20, random) } },
      },
    },
    files: { [`/usr/workspace/study_${n % ensembles}/run_${n}/dump.h5`]: { mimetype: 'application/x-hdf' } },
    user_defined: { host: 'node_0417', note: 'restarted once after a node failure; mesh refined near the inlet' },
  };
}

function rowOf(n: number, random: Random): string {
  const numbers = scalarNames.map(() => numberOf(random)).join(',');
  const series = () => `"[${seriesOf(40, random).join(',')}]"`;
  return `${idOf(n)},${numbers},${states[n % states.length]},${series()},${series()}`;
}

function numberOf(random: Random): number {
  return Number((random() * 1e4).toFixed(6));
}

function seriesOf(length: number, random: Random): number[] {
  return Array.from({ length }, () => numberOf(random));
}

function idOf(n: number): string {
  return `run_${String(n).padStart(7, '0')}`;
}
