import type { StrategyName } from '../locks/registry.js';
import type { Shard } from '../sources/shard.js';

/** What is known when a default is asked for: the options above it in the table; of `bench`, the store and the loads. */
export interface Known {
  readonly store: string;
  readonly lockStrategy?: StrategyName | undefined;
  readonly load?: readonly string[] | undefined;
  readonly dryRun?: boolean | undefined;
  readonly shard?: Shard | undefined;
}

/** A default that depends on other options, with the words for it. */
export interface DerivedDefault<T> {
  readonly text: string;
  readonly of: (known: Known) => T;
}

/** What a text has to look like. */
export interface Form {
  readonly pattern: RegExp;
  /** Completes "expected …". */
  readonly expected: string;
}

interface Common {
  /** One sentence, for `--help`, the JSON Schema and the docs. */
  readonly description: string;
  readonly group: 'Store' | 'Inputs' | 'Generated' | 'Lock strategy' | 'Work' | 'Faults' | 'Comparison' | 'Output';
  /** The value as an example, for hints. */
  readonly example: string;
}

/**
 * What one option accepts. The type says how a value is checked and how it is read from a flag or a variable. `integers` and `choices` are lists of what
 * `integer` and `choice` are: with commas in a flag, an array or a single value in the file, never empty, nothing twice.
 */
export type OptionSpec = Common &
  (
    | { readonly type: 'string'; readonly default?: string; readonly form?: Form }
    | { readonly type: 'path'; readonly default?: string | DerivedDefault<string> }
    | { readonly type: 'paths'; readonly default: readonly string[] }
    | {
        readonly type: 'integer' | 'number';
        readonly min: number;
        readonly max: number;
        readonly default?: number | DerivedDefault<number>;
      }
    | {
        readonly type: 'integers';
        readonly min: number;
        readonly max: number;
        readonly default?: readonly number[] | DerivedDefault<readonly number[]>;
      }
    | { readonly type: 'choice'; readonly choices: readonly string[]; readonly default?: string | DerivedDefault<string> }
    | {
        readonly type: 'choices';
        readonly choices: readonly string[];
        readonly default?: readonly string[] | DerivedDefault<readonly string[]>;
      }
    | { readonly type: 'boolean'; readonly default: boolean }
  );

/** The type of the value that an option accepts. */
export type ValueOf<S> = S extends { readonly type: 'integer' | 'number' }
  ? number
  : S extends { readonly type: 'boolean' }
    ? boolean
    : S extends { readonly type: 'paths' }
      ? readonly string[]
      : S extends { readonly type: 'integers' }
        ? readonly number[]
        : S extends { readonly type: 'choices'; readonly choices: readonly (infer C)[] }
          ? readonly C[]
          : S extends { readonly type: 'choice'; readonly choices: readonly (infer C)[] }
            ? C
            : string;

/** `numTries` -> `num-tries`. */
export function flagOf(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** What the option is when nobody says so; undefined when there is no default. */
export function defaultOf(spec: OptionSpec, known: Known): unknown {
  const value = spec.default;
  return typeof value === 'object' && 'of' in value ? value.of(known) : value;
}

/** The default in words, or undefined when there is none (`store`) or nothing to say (`prefix`, `inputs`, `json`). */
export function defaultText(spec: OptionSpec): string | undefined {
  if (spec.default === undefined || spec.default === '' || spec.type === 'paths' || spec.type === 'boolean') return undefined;
  if (typeof spec.default !== 'object') return String(spec.default);
  return 'text' in spec.default ? spec.default.text : spec.default.join(',');
}
