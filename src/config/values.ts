import { delimiter } from 'node:path';
import { nearest } from './did-you-mean.js';
import type { Form, OptionSpec } from './option-spec.js';

/** Why a value was refused. `expected` and `found` complete "…: expected …, found …". */
export interface Problem {
  readonly expected: string;
  readonly found: string;
  readonly hint: string;
}

/**
 * The value that a text from a flag or a variable stands for, by the option's type: `12` is a number for an integer, `1,2` two, `a:b` two paths
 * (`;` on Windows, as in PATH). A text that stands for nothing is given back as it is, for {@link problemOf} to refuse.
 */
export function fromText(spec: OptionSpec, text: string): unknown {
  switch (spec.type) {
    case 'integer':
    case 'number':
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : text;
    case 'boolean':
      return { true: true, '1': true, false: false, '0': false }[text.trim().toLowerCase()] ?? text;
    case 'paths':
      return text.split(delimiter).filter((path) => path !== '');
    case 'integers':
    case 'choices': {
      const list = text.split(',').map((word) => fromText(elementOf(spec), word.trim()));
      // One that is refused is shown as it was written.
      return accepts(spec, list) ? list : text;
    }
    default:
      return text;
  }
}

/** A value that the option accepts, as the option's type is: a single one is a list of one where a list is meant. */
export function asValue(spec: OptionSpec, accepted: unknown): unknown {
  return isList(spec) && !Array.isArray(accepted) ? [accepted] : accepted;
}

type ListSpec = Extract<OptionSpec, { readonly type: 'integers' | 'choices' }>;

function isList(spec: OptionSpec): spec is ListSpec {
  return spec.type === 'integers' || spec.type === 'choices';
}

/** The option that takes one element of the list alone. */
function elementOf(spec: ListSpec): OptionSpec {
  const { description, group, example } = spec;
  const common = { description, group, example };
  return spec.type === 'integers'
    ? { ...common, type: 'integer', min: spec.min, max: spec.max }
    : { ...common, type: 'choice', choices: spec.choices };
}

/** What is wrong with a value, or undefined when the option accepts it. */
export function problemOf(spec: OptionSpec, value: unknown): Problem | undefined {
  if (accepts(spec, value)) return undefined;
  return { expected: expected(spec, value), found: found(value), hint: hint(spec, value) };
}

function accepts(spec: OptionSpec, value: unknown): boolean {
  switch (spec.type) {
    case 'integer':
    case 'number':
      if (typeof value !== 'number' || (spec.type === 'integer' && !Number.isSafeInteger(value))) return false;
      return value >= spec.min && value <= spec.max;
    case 'boolean':
      return typeof value === 'boolean';
    case 'string':
      return typeof value === 'string' && value.isWellFormed() && !value.includes('\0') && hasForm(spec.form, value);
    case 'choice':
      return typeof value === 'string' && spec.choices.includes(value);
    case 'path':
      return isPath(value);
    case 'paths':
      return Array.isArray(value) && value.every(isPath);
    case 'integers':
    case 'choices': {
      const element = elementOf(spec);
      if (!Array.isArray(value)) return accepts(element, value);
      return value.length > 0 && new Set(value).size === value.length && value.every((one) => accepts(element, one));
    }
  }
}

function hasForm(form: Form | undefined, text: string): boolean {
  return form === undefined || form.pattern.test(text);
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '' && !value.includes('\0');
}

function expected(spec: OptionSpec, value: unknown): string {
  switch (spec.type) {
    case 'integer':
      return `an integer ${range(spec)}`;
    case 'number':
      return `a number ${range(spec)}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      return spec.form?.expected ?? 'a text without NUL, in whole Unicode characters';
    case 'choice':
      return `one of ${spec.choices.join(', ')}`;
    case 'path':
      return 'a path';
    case 'paths':
      return 'a list of paths';
    case 'integers':
    case 'choices':
      // A text that is a list stood where lists are written in another way: in the file.
      if (typeof value !== 'string' || fromText(spec, value) !== value)
        return `${expected(elementOf(spec), value)} or a list of them`;
      return spec.type === 'integers'
        ? `integers ${range(spec)} with commas`
        : `one or more of ${spec.choices.join(', ')} with commas`;
  }
}

function range({ min, max }: { readonly min: number; readonly max: number }): string {
  return `from ${min.toLocaleString('en-US')} to ${max.toLocaleString('en-US')}`;
}

function found(value: unknown): string {
  if (value === '') return 'an empty text';
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function hint(spec: OptionSpec, value: unknown): string {
  if (isList(spec)) return listHint(spec, value);
  if (typeof value === 'string') {
    if (spec.type === 'choice') {
      const name = nearest(value, spec.choices);
      if (name !== undefined) return `did you mean ${name}?`;
    }
    if (spec.type === 'paths') return `write a list, such as ["${spec.example}"]`;
    if (fromText(spec, value) !== value) return 'write it without quotes';
  }
  return `${spec.description} For example: ${spec.example}`;
}

function listHint(spec: ListSpec, value: unknown): string {
  if (typeof value === 'string') {
    const list = fromText(spec, value);
    if (list !== value) return `write a list, such as ${JSON.stringify(list)}`;
  }
  const element = elementOf(spec);
  const words: readonly unknown[] =
    typeof value === 'string' ? value.split(',').map((word) => fromText(element, word.trim())) : [value].flat();
  const twice = words.find((word, index) => words.indexOf(word) !== index);
  if (twice) return `give ${String(twice)} once`;
  const wrong = words.find((word) => !accepts(element, word));
  return hint(element, wrong);
}
