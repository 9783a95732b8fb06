/** What the workers of a trial of `bench` do. docs/bench.md describes them. */
export const loadNames = ['notebook', 'bulk', 'mixed', 'read', 'kosh-scaling'] as const;

export type LoadName = (typeof loadNames)[number];

/** The load that brings its own sizes, and is measured alone. */
export const scalingLoad = 'kosh-scaling' satisfies LoadName;
