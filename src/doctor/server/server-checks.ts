import type { Check } from '../finding.js';
import { clock } from './clock.js';
import { connection } from './connection.js';
import { galera } from './galera.js';
import { loads } from './loads.js';
import { rights } from './rights.js';
import type { ServerPlace } from './server-place.js';
import { settingChecks } from './settings.js';
import { tables, texts } from './tables.js';

/** What is looked at of a store on a server, in the order in which it is shown. */
export const serverChecks: readonly Check<ServerPlace>[] = [
  connection,
  tables,
  texts,
  loads,
  rights,
  ...settingChecks,
  galera,
  clock,
];
