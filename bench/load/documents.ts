import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export const recordCount = 32_000;
export const documentCount = 1000;
/** Every record, and as many relationships: each record is followed by the next one of its document, the last by the first. */
const recordsADocument = recordCount / documentCount;

const scalars = [
  { name: 'pressure', units: 'Pa', tags: ['output', 'hydro'] },
  { name: 'temperature', units: 'K', tags: ['output', 'thermal'] },
  { name: 'density', units: 'kg/m^3', tags: ['output', 'hydro'] },
  { name: 'velocity', units: 'm/s', tags: ['output', 'hydro'] },
  { name: 'energy', units: 'J', tags: ['output', 'thermal'] },
  { name: 'viscosity', units: 'Pa s', tags: ['input'] },
  { name: 'mass_flow', units: 'kg/s', tags: ['output', 'hydro'] },
] as const;

const states = ['converged', 'diverged', 'out of time'] as const;

/**
 * Writes the records as one Sina document `file` and as many documents in `folder`, which is created. The values come from a fixed seed: every
 * run writes the same bytes.
 */
export function writeDocuments(file: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const random = generator(20_240_601);
  const relationships: string[] = [];
  const out = openSync(file, 'w');
  writeSync(out, '{"records":[');
  for (let n = 0; n < documentCount; n++) {
    const from = n * recordsADocument;
    const records = Array.from({ length: recordsADocument }, (_, i) => JSON.stringify(recordOf(from + i, random))).join(',');
    const related = Array.from({ length: recordsADocument }, (_, i) => JSON.stringify(relationshipOf(from, i))).join(',');
    writeSync(out, `${n === 0 ? '' : ','}${records}`);
    relationships.push(related);
    writeFileSync(join(folder, `case_${pad(n, 4)}.json`), `{"records":[${records}],"relationships":[${related}]}`);
  }
  writeSync(out, `],"relationships":[${relationships.join(',')}]}`);
  closeSync(out);
}

function recordOf(n: number, random: () => number) {
  const data: Record<string, unknown> = {};
  for (const { name, units, tags } of scalars) data[name] = { value: Number((random() * 1e4).toFixed(6)), units, tags };
  data.status = { value: states[Math.floor(random() * states.length)] };
  const hash = Array.from({ length: 5 }, () => pad(Math.floor(random() * 2 ** 32).toString(16), 8)).join('');
  const userDefined = {
    deck: `/usr/workspace/study_7/decks/case_${pad(n, 6)}/input.deck`,
    code_commit: hash,
    host: 'node_0417',
    step: n,
  };
  return {
    id: idOf(n),
    type: 'sim_run',
    data,
    user_defined: {
      ...userDefined,
      note: 'restarted once after a node failure; mesh refined near the inlet, time step halved twice',
    },
  };
}

function relationshipOf(from: number, i: number) {
  return { subject: idOf(from + i), predicate: 'is followed by', object: idOf(from + ((i + 1) % recordsADocument)) };
}

function idOf(n: number): string {
  return `member_${pad(n, 6)}`;
}

function pad(value: number | string, width: number): string {
  return String(value).padStart(width, '0');
}

/** Numbers from 0 up to 1 (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
