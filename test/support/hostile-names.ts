/** Ids, types and names that a store can hold and a careless program cannot. */
export const hostileNames: readonly string[] = [
  `it's "quoted"`,
  'two\nlines',
  'a, b',
  '["x"]',
  '\u001b[31mred',
  'ünï 😀',
  '\u202eback',
  "'; DROP TABLE Record; --",
  'l\u2028s',
  '__proto__',
];
