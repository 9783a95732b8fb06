import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** From package.json, by the package's own name: its place differs between the sources and `dist`. */
const folder = join(dirname(require.resolve('kosh-ingest/package.json')), 'bench', 'strategies', 'report', 'page');

/** The page's own modules, each after those that it imports. */
const modules = [
  'format',
  'base',
  'rows',
  'rates',
  'waits',
  'calls',
  'scaling',
  'published',
  'comparison',
  'zoom',
  'lanes',
  'timeline',
  'main',
];

/** What draws: the bundle beside a package's main file, and the licence that has to go with it. */
const libraries = [
  { name: 'd3', bundle: 'd3.min.js' },
  { name: '@observablehq/plot', bundle: 'plot.umd.min.js' },
];

/** What stands in the page besides the figures. */
export interface PageAssets {
  readonly style: string;
  /** In the order in which they are to run. */
  readonly scripts: readonly string[];
}

/** Reads what the page needs, from this package and from those that draw. */
export function pageAssets(): PageAssets {
  const styles = ['page.css', 'parts.css', 'tables.css', 'print.css'].map((name) => readFileSync(join(folder, name), 'utf8'));
  return { style: styles.join('\n'), scripts: [...libraries.map(library), ownScript()] };
}

function library({ name, bundle }: (typeof libraries)[number]): string {
  const root = dirname(dirname(require.resolve(name)));
  const licence = readFileSync(join(root, 'LICENSE'), 'utf8').replaceAll('*/', '* /').trim();
  return `/*\n${name}\n\n${licence}\n*/\n${readFileSync(join(root, 'dist', bundle), 'utf8')}`;
}

/** All modules as one script: a page that is opened from disk may not import any. They export by name and share one scope here. */
function ownScript(): string {
  const texts = modules.map((name) =>
    readFileSync(join(folder, `${name}.js`), 'utf8')
      .replace(/^import [^;]*;\n/gm, '')
      .replace(/^export /gm, ''),
  );
  return `(() => {\n'use strict';\n${texts.join('\n')}\n})();`;
}

/** The text as a script's content: nothing in it ends the element or opens a comment. In JavaScript `\/` and `\!` are the same in a string. */
export function scriptText(script: string): string {
  return `\n${script.replace(/<\/(?=script)/gi, '<\\/').replace(/<!--/g, '<\\!--')}\n`;
}

/** How a Content-Security-Policy names a script. */
export function scriptHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
