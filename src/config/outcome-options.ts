import { storeStem } from '../stores/store-location.js';
import type { OptionSpec } from './option-spec.js';

/** What `load` does with what is there already, with what is refused and with an interrupted run: part of its table of options. */
export const outcomeOptions = {
  ifExists: {
    type: 'choice',
    group: 'Work',
    description:
      'What becomes of a record whose id is in the store: it is refused (error), left as it is (skip), replaced (replace), or given what it lacks (merge).',
    example: 'skip',
    choices: ['error', 'skip', 'replace', 'merge'],
    default: 'error',
  },
  restart: {
    type: 'boolean',
    group: 'Work',
    description: 'Begin anew instead of going on with the same load that was interrupted. What it has loaded stays in the store.',
    example: 'true',
    default: false,
  },
  dryRun: {
    type: 'boolean',
    group: 'Work',
    description: 'Do everything but write: say what would be loaded and refused, and about how long and large it would be.',
    example: 'true',
    default: false,
  },
  verify: {
    type: 'boolean',
    group: 'Work',
    description: 'Compare the store with the inputs at the end.',
    example: 'true',
    default: false,
  },
  rejects: {
    type: 'path',
    group: 'Output',
    description: 'The file for what is refused, one JSON object a line.',
    example: 'rejects.jsonl',
    default: {
      text: 'STORE.rejects.jsonl, of a shard STORE.rejects.I-of-N.jsonl, none for a dry run',
      of: ({ store, shard, dryRun }) =>
        dryRun ? '' : `${storeStem(store)}.rejects${shard ? `.${shard.index}-of-${shard.count}` : ''}.jsonl`,
    },
  },
  fromRejects: {
    type: 'path',
    group: 'Inputs',
    description: 'Load what a rejects file holds, after it has been mended, instead of inputs.',
    example: 'study.sqlite.rejects.jsonl',
  },
  onError: {
    type: 'choice',
    group: 'Work',
    description: 'What happens after something is refused: go on with the rest (skip), or stop.',
    example: 'stop',
    choices: ['skip', 'stop'],
    default: 'skip',
  },
  maxErrors: {
    type: 'string',
    group: 'Work',
    description: 'Stop when more than so many are refused, or more than so many percent of what was read.',
    example: '1%',
    form: { pattern: /^(\d{1,9}|\d{1,2}(\.\d+)?%|100%)$/, expected: 'a number, or a percentage such as 1%' },
  },
} as const satisfies Record<string, OptionSpec>;
