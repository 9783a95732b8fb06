import { counted } from '../../../bench/strategies/report/format.js';
import type { Found } from '../finding.js';
import { onServer } from './on-server.js';

/** The state of the node and of its cluster, where there is one. One that takes no part is not connected to in the first place. */
export const galera = onServer('Galera', ({ session, status }) => {
  if (!session.facts.isClustered) return [];
  const size = Number(status.get('wsrep_cluster_size'));
  const state = `${counted(size, 'node')}, ${status.get('wsrep_cluster_status')}, ready ${status.get('wsrep_ready')}`;
  const findings: Found[] = [{ found: state, ...meaningOf(size) }];
  const paused = Number(status.get('wsrep_flow_control_paused'));
  if (paused > 0.1) {
    findings.push({
      level: 'note',
      found: `writes were held back ${(paused * 100).toFixed(0)} % of the time (wsrep_flow_control_paused)`,
      advice: 'A node is slow: fewer --workers, or a smaller --batch-size.',
    });
  }
  return findings;
});

function meaningOf(size: number): Omit<Found, 'found'> {
  if (size >= 3) return { level: 'ok', advice: 'Name all nodes in the URL: mariadb://me@n1,n2,n3/database.' };
  return {
    level: 'warning',
    advice: 'With fewer than three nodes the loss of one, or of the connection to it, stops all writing.',
  };
}
