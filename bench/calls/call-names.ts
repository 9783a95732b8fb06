/** Datasets of the store, and members of the ensemble, on which single calls are measured. */
export const datasetCount = 1000;
export const memberCount = 100;

/** The calls whose costs are measured one by one, as they stand in the report. */
export const callNames = {
  attributesSet: 'dataset.attributes.set',
  attributesGet: 'dataset.attributes.get',
  find: 'store.find, one record by an attribute',
  ensembleSet: `ensemble.attributes.set, ${memberCount} members`,
  createMany: 'store.createMany, 1000 datasets',
  associate: 'store.associate, a file of 1 KiB',
} as const;

export type CallName = keyof typeof callNames;

/** Microseconds a call. */
export type CallCosts = Readonly<Record<CallName, number>>;
