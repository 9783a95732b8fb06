import type { Report } from '../doctor/examine.js';
import type { Finding, Level } from '../doctor/finding.js';
import { counted } from './format.js';

/** Columns of a terminal that nobody has made wide. */
const width = 100;

const marks: Readonly<Record<Level, string>> = { ok: 'ok', note: 'note', warning: 'warning', problem: 'PROBLEM' };

/** What `doctor` says on stdout, when it does not speak JSON. */
export function reportText({ store, engine, findings, recommendation }: Report): string {
  const nameWidth = Math.max(...findings.map(({ check }) => check.length));
  const { strategy, reason, command } = recommendation;
  return [
    `${store} (${engine})`,
    '',
    ...findings.flatMap((finding) => lines(finding, nameWidth)),
    '',
    verdict(findings),
    '',
    `Lock strategy: ${strategy ?? 'none'}`,
    ...wrapped(`${capital(reason)}.`, '  '),
    ...(command === undefined ? [] : ['', `  ${command}`]),
    '',
  ].join('\n');
}

function lines({ check, level, found, advice }: Finding, nameWidth: number): string[] {
  const indent = ' '.repeat(2 + 'PROBLEM'.length + 2 + nameWidth + 2);
  return [
    `  ${marks[level].padEnd('PROBLEM'.length)}  ${check.padEnd(nameWidth)}  ${found}`,
    ...(advice === undefined ? [] : wrapped(advice, indent)),
  ];
}

function verdict(findings: readonly Finding[]): string {
  const of = (wanted: Level) => findings.filter(({ level }) => level === wanted).length;
  const [problems, warnings] = [of('problem'), of('warning')];
  if (problems + warnings === 0) return 'Nothing is wrong.';
  return [...(problems > 0 ? [counted(problems, 'problem')] : []), ...(warnings > 0 ? [counted(warnings, 'warning')] : [])].join(
    ', ',
  );
}

/** A command in a text stays on one line with what is before it as long as it can: words are never cut. */
function wrapped(text: string, indent: string): string[] {
  const room = Math.max(40, width - indent.length);
  const found = text.match(new RegExp(`.{1,${room}}(?= |$)|\\S+`, 'g')) ?? [];
  return found.map((line) => `${indent}${line.trim()}`);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
