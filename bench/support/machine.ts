import { closeSync, fdatasyncSync, openSync, readFileSync, realpathSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import type { StoreCheck } from '../check-store.js';
import { askProgram } from './run-process.js';
import { spreadOf } from './statistics.js';
import { storeFile } from './trial-store.js';
import type { Workspace } from './workspace.js';

/** What the figures depend on, whatever store is filled. */
export interface Host {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  readonly fileSystem: string;
  /** Median milliseconds of writing 4 KiB and fdatasync: what a commit waits for several times. */
  readonly syncMs: number;
  /** ISO 8601. */
  readonly date: string;
}

export interface Machine extends Host {
  readonly sqlite: string;
}

/** What the figures depend on. The stores are written in the workspace. */
export async function machineOf(workspace: Workspace): Promise<Machine> {
  return { ...hostOf(workspace.path), sqlite: await sqliteVersion(workspace) };
}

/** The same of a machine whose stores are not SQLite's: they are written in `directory`, or on its file system. */
export function hostOf(directory: string): Host {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    node: process.version,
    fileSystem: fileSystemOf(realpathSync(directory)),
    syncMs: syncMs(directory),
    date: new Date().toISOString(),
  };
}

/** The name that Linux has for it; elsewhere the number that statfs gives. */
function fileSystemOf(directory: string): string {
  try {
    const mounts = readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' '));
    const holding = mounts.filter(([, point]) => point === '/' || `${directory}/`.startsWith(`${point}/`));
    const [, , name] = holding.reduce((best, mount) => ((mount[1] ?? '').length >= (best[1] ?? '').length ? mount : best), []);
    if (name) return name;
  } catch {
    // No /proc here.
  }
  return `0x${statfsSync(directory).type.toString(16)}`;
}

function syncMs(directory: string): number {
  const path = join(directory, 'sync');
  const file = openSync(path, 'w');
  const page = Buffer.alloc(4096, 1);
  const times = Array.from({ length: 50 }, () => {
    const started = performance.now();
    writeSync(file, page);
    fdatasyncSync(file);
    return performance.now() - started;
  });
  closeSync(file);
  rmSync(path);
  return spreadOf(times).median;
}

async function sqliteVersion(workspace: Workspace): Promise<string> {
  const cwd = workspace.fresh();
  await askProgram('floor', ['generated', storeFile, '0', '0', '0'], cwd);
  return (await askProgram<StoreCheck>('checkStore', [storeFile], cwd)).sqlite;
}
