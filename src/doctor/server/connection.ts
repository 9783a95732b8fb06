import type { Check } from '../finding.js';
import type { ServerPlace } from './server-place.js';

/** Whether the server is reached and lets the user in, and which it is. */
export const connection: Check<ServerPlace> = {
  name: 'server',
  look({ server }) {
    if ('refused' in server) return [{ level: 'problem', found: server.refused.message, advice: server.refused.hint }];
    const { variables, database } = server;
    return [{ level: 'ok', found: `${variables.get('version')} answers, and the database ${database} is there` }];
  },
};
