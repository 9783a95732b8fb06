/**
 * Loaded before a measured program (`node --import`): writes what the process used, a {@link Usage} as JSON, to the file that
 * `KOSH_BENCH_USAGE` names when it exits. Without that variable it does nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/** The variable that names the file. */
export const usageVariable = 'KOSH_BENCH_USAGE';

export interface Usage {
  /** The largest resident set of the process, all threads together. */
  readonly peakBytes: number;
  /** User and system time, all threads together. */
  readonly cpuSeconds: number;
}

function usage(): Usage {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  return { peakBytes: peakOfImage() ?? maxRSS * 1024, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 };
}

/** On Linux `maxRSS` begins with that of the process that started this one; `VmHWM` is our own. */
function peakOfImage(): number | undefined {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}

const file = process.env[usageVariable];
// Worker threads inherit `--import`; the figures are those of the whole process.
if (file && isMainThread) process.on('exit', () => writeFileSync(file, JSON.stringify(usage())));
