import { delimiter } from 'node:path';
import { nearest } from './did-you-mean.js';
import type { OptionSpec } from './option-spec.js';

/** Why a value was refused. `expected` and `found` complete "…: expected …, found …". */
export interface Problem {
  readonly expected: string;
  readonly found: string;
  readonly hint: string;
}

/**
 * The value that a text from a flag or a variable stands for, by the option's type: `12` is a number for an integer, `a:b` two paths
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
    default:
      return text;
  }
}

/** What is wrong with a value, or undefined when the option accepts it. */
export function problemOf(spec: OptionSpec, value: unknown): Problem | undefined {
  if (accepts(spec, value)) return undefined;
  return { expected: expected(spec), found: found(value), hint: hint(spec, value) };
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
      return typeof value === 'string' && value.isWellFormed() && !value.includes('\0');
    case 'choice':
      return typeof value === 'string' && spec.choices.includes(value);
    case 'path':
      return isPath(value);
    case 'paths':
      return Array.isArray(value) && value.every(isPath);
  }
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '' && !value.includes('\0');
}

function expected(spec: OptionSpec): string {
  switch (spec.type) {
    case 'integer':
      return `an integer from ${spec.min.toLocaleString('en-US')} to ${spec.max.toLocaleString('en-US')}`;
    case 'number':
      return `a number from ${spec.min.toLocaleString('en-US')} to ${spec.max.toLocaleString('en-US')}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      return 'a text without NUL, in whole Unicode characters';
    case 'choice':
      return `one of ${spec.choices.join(', ')}`;
    case 'path':
      return 'a path';
    case 'paths':
      return 'a list of paths';
  }
}

function found(value: unknown): string {
  if (value === '') return 'an empty text';
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function hint(spec: OptionSpec, value: unknown): string {
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
