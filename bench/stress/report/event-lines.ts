import type { StressEvent } from '../events.js';

/** What is left out: the time is at the left, and who did it stands in the name of the operation. */
const silent = new Set(['t', 'e', 'p', 'i', 'w', 'g', 'op', 'kind', 'on']);

/** Events as lines: milliseconds since `from`, what, of which operation, and the rest. */
export function eventLines(events: readonly StressEvent[], from: number): string[] {
  return events.map((event) => {
    const { e, op, kind, on, p, i, w } = event as unknown as Readonly<Record<string, unknown>>;
    const rest = Object.entries(event).filter(([name, value]) => !silent.has(name) && value !== undefined);
    const about = op === undefined && p !== undefined ? `process ${p}.${i}${w === undefined ? '' : ` thread ${w}`}` : op;
    const parts = [
      `${((event.t - from) / 1000).toFixed(3).padStart(12)} ms`,
      String(e).padEnd(6),
      about,
      kind,
      Array.isArray(on) ? on.join(' ') : undefined,
      ...rest.map(([name, value]) => `${name} ${shortened(JSON.stringify(value))}`),
    ];
    return parts.filter((part) => part !== undefined).join('  ');
  });
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
