import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { shellWord } from '../../config/command-words.js';
import { IngestError } from '../../errors.js';
import { type Holder, isGone, isHere, isStopped, readHolder } from '../../locks/holder.js';
import { defaultLeaseTiming } from '../../locks/lease-timing.js';
import { LockDirectory, type Look } from '../../locks/lock-directory.js';
import type { FilePlace } from '../file-place.js';
import type { Check, Found } from '../finding.js';
import { interrupted } from '../peers.js';
import { ageText } from '../words.js';

/** A holder elsewhere that lives has shown it by then. */
const watchMs = defaultLeaseTiming.heartbeatMs + 1000;

/** Who holds the lock that `--lock-path` names, and whether that is somebody who lives. */
export const heldLock: Check<FilePlace> = {
  name: 'lock',
  async look({ lockPath, signal }) {
    const directory = new LockDirectory(`${lockPath}.lock`);
    try {
      const look = directory.look();
      const waiting = waitingAt(`${directory.path}.queue`);
      return [look === 'free' ? free(directory.path) : await held(directory, look, signal), ...waiting];
    } catch (error) {
      if (!(error instanceof IngestError) || signal.aborted) throw error;
      return [{ level: 'problem', found: error.message, advice: error.hint }];
    }
  },
};

function free(path: string): Found {
  return { level: 'ok', found: `${path} is free` };
}

type Held = Exclude<Look, 'free'>;

async function held(directory: LockDirectory, look: Held, signal: AbortSignal): Promise<Found> {
  const { holder, beat } = look;
  const name = `${directory.path} is held by ${holder.host}:${holder.pid}`;
  const age = `last sign of life ${ageText(Math.max(0, Date.now() - beat) / 1000)} ago`;
  const remove = `Nothing is to be done: the next who wants it takes it over. To remove it by hand: rm -r ${shellWord(directory.path)}`;
  if (isGone(holder)) return { level: 'warning', found: `${name}, which is gone (${age})`, advice: remove };
  if (isHere(holder)) return heldHere(holder, `${name} (${age})`);
  const later = await watch(directory, look, signal);
  if (later !== 'free' && later.holder.id === holder.id && later.beat === beat) {
    return {
      level: 'warning',
      found: `${name}, on another machine or in another container, and silent (${age})`,
      advice: `See whether that process lives. If it does not: ${remove.charAt(0).toLowerCase()}${remove.slice(1)}`,
    };
  }
  return { level: 'note', found: `${name}, on another machine or in another container, which lives` };
}

function heldHere(holder: Holder, name: string): Found {
  if (!isStopped(holder)) return { level: 'note', found: `${name}, which lives: somebody writes now` };
  return {
    level: 'warning',
    found: `${name}, which lives and has been stopped`,
    advice: `Let it go on (kill -CONT ${holder.pid}) or end it: others wait for it, and take the lock over when it has been silent for ${defaultLeaseTiming.staleMs / 1000} s.`,
  };
}

/** What is there when the holder has changed or has shown a sign of life; in the end what is there still. */
async function watch(directory: LockDirectory, first: Held, signal: AbortSignal): Promise<Look> {
  const endMs = performance.now() + watchMs;
  for (;;) {
    const look = directory.look();
    const isSame = look !== 'free' && look.holder.id === first.holder.id && look.beat === first.beat;
    if (!isSame || performance.now() >= endMs) return look;
    await sleep(200, undefined, { signal }).catch(() => {
      throw interrupted();
    });
  }
}

/** Those in the queue. */
function waitingAt(queue: string): readonly Found[] {
  const holders = entriesOf(queue).flatMap((name) => readHolder(name.slice(name.indexOf('_') + 1)) ?? []);
  const gone = holders.filter(isGone).length;
  const findings: Found[] = [];
  if (holders.length > gone) findings.push({ level: 'note', found: `${holders.length - gone} waiting for it` });
  if (gone > 0) {
    findings.push({
      level: 'note',
      found: `${gone} in its queue that are gone`,
      advice: 'Nothing is to be done: the next who uses the lock removes them.',
    });
  }
  return findings;
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
