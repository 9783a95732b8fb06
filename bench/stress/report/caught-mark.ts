import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the build; undefined when this runs from the sources, which are not marked. */
const dist = import.meta.url.endsWith('.ts') ? undefined : fileURLToPath(new URL('../../../', import.meta.url));

/** Remembers that this build has caught all controls, where that can be written. */
export function markCaught(): void {
  if (dist === undefined) return;
  try {
    writeFileSync(markOf(dist), '');
  } catch {
    // An installation for all users: then the reports go on saying that it is not known.
  }
}

/** Whether this build is known to have caught all controls. */
export function wasCaught(): boolean {
  return dist !== undefined && existsSync(markOf(dist));
}

function markOf(folder: string): string {
  const hash = createHash('sha256');
  for (const part of ['src', 'bench/stress']) {
    const names = readdirSync(join(folder, part), { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((one) => one.endsWith('.js')).sort()) hash.update(readFileSync(join(folder, part, name)));
  }
  return join(folder, `.controls-caught-${hash.digest('hex').slice(0, 16)}`);
}
