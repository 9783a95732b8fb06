import type { OptionSpec } from './option-spec.js';

/** What `load` reads, and how: part of its table of options. */
export const inputOptions = {
  inputs: {
    type: 'paths',
    group: 'Inputs',
    description:
      'Files, directories, globs, or - for stdin: Sina JSON, Kosh exports, JSON Lines, CSV, each also gzipped. Without any, ensembles and datasets are generated.',
    example: 'runs/*.json',
    default: [],
  },
  format: {
    type: 'choice',
    group: 'Inputs',
    description: 'The format of the inputs. auto looks at the name and at the content of each file.',
    example: 'csv',
    choices: ['auto', 'sina', 'kosh', 'jsonl', 'csv'],
    default: 'auto',
  },
  delimiter: {
    type: 'string',
    group: 'Inputs',
    description: 'What stands between two cells of a delimited text: one character, or tab.',
    example: '%',
    form: { pattern: /^([^\r\n"\0]|tab|\\t)$/u, expected: 'one character, or tab' },
  },
  idColumn: {
    type: 'string',
    group: 'Inputs',
    description: 'The column of a delimited text that is the id of the dataset. Default: a column named id, else ids are made.',
    example: 'run',
  },
  ensembleColumn: {
    type: 'string',
    group: 'Inputs',
    description: 'The column of a delimited text that names the ensemble of the dataset by its id.',
    example: 'study',
  },
  watch: {
    type: 'path',
    group: 'Inputs',
    description: 'Load what is in this directory, and then what is renamed into it, until interrupted.',
    example: 'results',
  },
  shard: {
    type: 'string',
    group: 'Inputs',
    description: 'Load the I-th of N parts of the input: N jobs with I from 1 to N load all of it, each record once.',
    example: '2/8',
    form: { pattern: /^[1-9]\d{0,5}\/[1-9]\d{0,5}$/, expected: 'I/N with I from 1 to N, such as 2/8' },
  },
} as const satisfies Record<string, OptionSpec>;
