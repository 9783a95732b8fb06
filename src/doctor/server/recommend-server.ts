import { type Finding, worstOf } from '../finding.js';
import { commandLine, type Recommendation } from '../recommendation.js';
import type { ServerPlace } from './server-place.js';

/** Which strategy to use for a store on a server: its locks are its own. */
export function recommendForServer({ store, server }: ServerPlace, findings: readonly Finding[]): Recommendation {
  if (worstOf(findings) === 'problem') {
    return {
      strategy: undefined,
      reason: 'no store can be written here: see the problems above',
      command: undefined,
    };
  }
  const isClustered = !('refused' in server) && server.session.facts.isClustered;
  const strategy = 'OnlyRetry';
  return {
    strategy,
    reason: `the server keeps writers apart and ends transactions that are in the way of another: OnlyRetry runs them again${
      isClustered ? '. All writers of a store on one node is the fast way' : ''
    }`,
    command: commandLine(store, strategy),
  };
}
