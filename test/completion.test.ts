import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { exportOptions } from '../src/config/export-options.js';
import { flagOf } from '../src/config/option-spec.js';
import { optionKeys } from '../src/config/options.js';
import { runCli } from './support/cli.js';
import { tempDirectory } from './support/temp.js';

type Shell = 'bash' | 'zsh' | 'fish';

/** How a shell that has read the script is asked what it offers for the words `$@`, of which the last is being typed. */
const questions: Readonly<Record<Shell, string>> = {
  bash: `source ./script
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kosh_ingest
    ((\${#COMPREPLY[@]})) && printf '%s\\n' "\${COMPREPLY[@]}"; true`,
  // What zsh's own functions are given to offer.
  zsh: `compdef() { : }
    _describe() { print -rl -- \${\${(P)2}%%:*} }
    _arguments() { print -rl -- "$@" }
    source ./script; words=("$@"); CURRENT=$#; _kosh_ingest`,
  fish: 'source ./script; complete -C (string join " " -- $argv) | string replace -r "\\t.*" ""; true',
};

function missing(shell: Shell): string | false {
  return spawnSync(shell, ['-c', 'true']).status === 0 ? false : `there is no ${shell} here`;
}

async function ready(t: TestContext, shell: Shell) {
  const cwd = tempDirectory(t);
  const { code, stdout, stderr } = await runCli(['completion', shell], { cwd });
  assert.deepEqual([code, stderr], [0, '']);
  writeFileSync(join(cwd, 'script'), stdout);
  writeFileSync(join(cwd, 'my store.sqlite'), '');
  mkdirSync(join(cwd, 'myfolder'));
  const ask = (...words: string[]): string[] => {
    const args = {
      bash: ['--norc', '-c', questions.bash, 'bash'],
      zsh: ['-f', '-c', questions.zsh, 'zsh'],
      fish: ['-N', '-c', questions.fish, '--'],
    };
    const asked = spawnSync(shell, [...args[shell], 'kosh-ingest', ...words], {
      cwd,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: cwd },
    });
    assert.deepEqual([asked.status, asked.stderr], [0, '']);
    return asked.stdout.split('\n').filter((line) => line !== '');
  };
  return { cwd, ask, script: stdout };
}

const commands = ['load', 'verify', 'info', 'export', 'doctor', 'bench', 'stress', 'completion'];
const strategies = ['None', 'RFileLock', 'OnlyRetry'];
const sorted = (words: Iterable<string>) => [...words].sort();

test('every command and every flag of the tables is offered in bash', async (t) => {
  const { ask } = await ready(t, 'bash');
  assert.deepEqual(ask('in'), ['info']);
  for (const command of commands) assert.ok(ask('').includes(command), command);
  const flags = (keys: readonly string[]) => keys.map((key) => `--${flagOf(key)}`);
  const common = ['--config', '--help', '--version'];
  assert.deepEqual(sorted(ask('load', '--')), sorted([...flags(optionKeys.filter((key) => key !== 'inputs')), ...common]));
  assert.deepEqual(sorted(ask('export', '--')), sorted([...flags(Object.keys(exportOptions)), ...common]));
  assert.deepEqual(ask('nothing', '--'), []);
});

test('values are offered in bash: choices, lists with commas, paths, and nothing where nothing is known', async (t) => {
  const { ask } = await ready(t, 'bash');
  assert.deepEqual(ask('load', '--lock-strategy', ''), strategies);
  assert.deepEqual(ask('load', '--lock-strategy', 'R'), ['RFileLock']);
  // bash takes --flag=value for three words.
  assert.deepEqual(ask('load', '--lock-strategy', '=', 'O'), ['OnlyRetry']);
  assert.deepEqual(ask('load', '--lock-strategy', '='), strategies);
  assert.deepEqual(ask('bench', '--strategies', 'None,R'), ['None,RFileLock']);
  assert.deepEqual(ask('export', '--format', 'j'), ['jsonl']);
  for (const words of [['info'], ['export', '--json'], ['load', '--store'], ['export', '--output']]) {
    assert.deepEqual(sorted(ask(...words, 'my')), ['my store.sqlite', 'myfolder']);
  }
  assert.deepEqual(ask('export', '--id', 'my'), []);
  assert.deepEqual(ask('stress', 'my'), []);
  assert.deepEqual(ask('completion', ''), ['bash', 'zsh', 'fish']);
});

describe('in zsh', { skip: missing('zsh') }, () => {
  test('the same is handed to its completion', async (t) => {
    const { ask } = await ready(t, 'zsh');
    assert.deepEqual(ask(''), commands);
    const load = ask('load', '--');
    assert.ok(load.some((spec) => /^--lock-strategy=\[.+\]:lock-strategy:\(None RFileLock OnlyRetry\)$/.test(spec)));
    assert.ok(load.some((spec) => /^--store=\[.+\]:store:_files$/.test(spec)));
    assert.ok(load.some((spec) => /^--num-tries=\[.+\]:num-tries: $/.test(spec)));
    assert.ok(load.some((spec) => /^--json\[.+\]$/.test(spec)));
    assert.ok(load.includes('*:load:_files'));
    assert.ok(ask('bench', '--').some((spec) => /:strategies: _values -s , value None RFileLock OnlyRetry$/.test(spec)));
    assert.deepEqual(ask('completion', '')[0], '--help[]');
    assert.ok(ask('completion', '').includes('*:completion:(bash zsh fish)'));
  });
});

describe('in fish', { skip: missing('fish') }, () => {
  test('the same is offered', async (t) => {
    const { ask } = await ready(t, 'fish');
    assert.deepEqual(sorted(ask('')).slice(0, commands.length), sorted(commands));
    assert.deepEqual(sorted(ask('load', '--lock-')), ['--lock-path', '--lock-strategy']);
    assert.deepEqual(sorted(ask('load', '--lock-strategy', '')), sorted(strategies));
    assert.deepEqual(ask('bench', '--strategies', 'None,R'), ['None,RFileLock']);
    assert.deepEqual(ask('completion', 'f'), ['fish']);
    assert.deepEqual(sorted(ask('info', 'my')), ['my store.sqlite', 'myfolder/']);
    assert.deepEqual(ask('export', '--id', 'my'), []);
  });
});

test('another shell, none, or two are refused with what there is', async (t) => {
  const cwd = tempDirectory(t);
  for (const [args, message] of [
    [[], 'completion: a shell is missing'],
    [['bsh'], 'bsh: no completion for this shell'],
    [['bash', 'zsh'], 'zsh: completion takes one shell'],
  ] as const) {
    const { code, stdout, stderr } = await runCli(['completion', ...args], { cwd });
    assert.deepEqual([code, stdout], [2, '']);
    assert.ok(stderr.startsWith(`kosh-ingest: ${message}\n  hint: `), stderr);
  }
});
