import { benchKey, benchOptions } from './bench-options.js';
import type { OptionSpec } from './option-spec.js';
import { options } from './options.js';

/** The part of JSON Schema that the file needs. */
export interface JsonSchema {
  readonly [keyword: string]: string | number | boolean | readonly (string | number)[] | JsonSchema | readonly JsonSchema[];
}

/** The JSON Schema (draft-07) of `ingest.config.json`, made from the table of options. `ingest.schema.json` is this. */
export function configSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'ingest.config.json',
    description:
      'What kosh-ingest does. Flags and KOSH_INGEST_* variables come before this file. Relative paths begin in the current directory.',
    type: 'object',
    additionalProperties: false,
    properties: {
      $schema: { type: 'string' },
      ...propertiesOf(options),
      [benchKey]: {
        description: 'What kosh-ingest bench does, in the same keys as its flags.',
        type: 'object',
        additionalProperties: false,
        properties: propertiesOf(benchOptions),
      },
    },
  };
}

function propertiesOf(table: Readonly<Record<string, OptionSpec>>): JsonSchema {
  return Object.fromEntries(Object.entries(table).map(([key, spec]) => [key, property(spec)]));
}

function property(spec: OptionSpec): JsonSchema {
  return { description: descriptionOf(spec), ...typeOf(spec), ...defaultOf(spec) };
}

function descriptionOf({ description, default: value }: OptionSpec): string {
  return typeof value === 'object' && 'text' in value ? `${description} Default: ${value.text}.` : description;
}

function typeOf(spec: OptionSpec): JsonSchema {
  switch (spec.type) {
    case 'integer':
    case 'number':
      return { type: spec.type, minimum: spec.min, maximum: spec.max };
    case 'choice':
      return { type: 'string', enum: spec.choices };
    case 'path':
      return { type: 'string', minLength: 1 };
    case 'paths':
      return { type: 'array', items: { type: 'string', minLength: 1 } };
    case 'integers':
      return oneOrMore({ type: 'integer', minimum: spec.min, maximum: spec.max });
    case 'choices':
      return oneOrMore({ type: 'string', enum: spec.choices });
    case 'string':
      return { type: 'string', ...(spec.form ? { pattern: spec.form.pattern.source } : {}) };
    case 'boolean':
      return { type: 'boolean' };
  }
}

function oneOrMore(element: JsonSchema): JsonSchema {
  return { anyOf: [element, { type: 'array', items: element, minItems: 1, uniqueItems: true }] };
}

function defaultOf({ default: value }: OptionSpec): JsonSchema {
  return value === undefined || (typeof value === 'object' && 'of' in value) ? {} : { default: value };
}
