import type { Check, Found } from '../finding.js';
import { bytesText } from '../words.js';
import { onServer } from './on-server.js';
import type { Server, ServerPlace } from './server-place.js';

/** A setting of the server, and what its values mean (docs/mariadb.md). */
interface Setting {
  readonly check: string;
  /** In the order in which they are shown. */
  readonly variables: readonly string[];
  readonly mean: (value: (variable: string) => string | undefined, server: Server) => Omit<Found, 'found'>;
  /** How a value is shown. Default: as it is. */
  readonly show?: (value: string) => string;
}

const leastPacketBytes = 16 * 1024 ** 2;
const leastWaitS = 5;
const mostWaitS = 300;

const settings: readonly Setting[] = [
  {
    check: 'durability',
    variables: ['innodb_flush_log_at_trx_commit', 'log_bin', 'sync_binlog'],
    mean: (value) => {
      if (value('innodb_flush_log_at_trx_commit') !== '1') {
        return {
          level: 'warning',
          advice:
            'What was acknowledged can be lost when the server crashes, also on all nodes of a cluster at once: SET GLOBAL innodb_flush_log_at_trx_commit = 1.',
        };
      }
      if (value('log_bin') === 'ON' && value('sync_binlog') !== '1') {
        return {
          level: 'note',
          advice: 'The store itself is safe. After a crash a replica may lack what was acknowledged: SET GLOBAL sync_binlog = 1.',
        };
      }
      return { level: 'ok' };
    },
  },
  {
    check: 'isolation',
    variables: ['innodb_snapshot_isolation', 'tx_isolation', 'transaction_isolation'],
    mean: (value) =>
      value('innodb_snapshot_isolation') === 'ON'
        ? { level: 'ok' }
        : {
            level: 'note',
            advice:
              'This package locks what it reads to change it. Other programs, Kosh in Python too, can write from an old state and lose changes: innodb_snapshot_isolation = ON makes that an error.',
          },
  },
  {
    check: 'packet',
    variables: ['max_allowed_packet'],
    show: (value) => bytesText(Number(value)),
    mean: (value) =>
      Number(value('max_allowed_packet')) >= leastPacketBytes
        ? { level: 'ok' }
        : {
            level: 'warning',
            advice: 'It has to hold the largest record, or that is refused: SET GLOBAL max_allowed_packet = 67108864.',
          },
  },
  {
    check: 'lock wait',
    variables: ['innodb_lock_wait_timeout'],
    show: (value) => `${value} s`,
    mean: (value) => {
      const seconds = Number(value('innodb_lock_wait_timeout'));
      if (seconds >= leastWaitS && seconds <= mostWaitS) return { level: 'ok' };
      return {
        level: 'note',
        advice:
          seconds < leastWaitS
            ? 'Transactions in the way of each other end early and are run again: more --num-tries, or the default of 50 s.'
            : 'A transaction can wait this long for another one that hangs: the default is 50 s.',
      };
    },
  },
  {
    check: 'read-only',
    variables: ['read_only', 'tx_read_only', 'transaction_read_only'],
    mean: (value) =>
      value('read_only') === 'ON' || value('tx_read_only') === 'ON' || value('transaction_read_only') === 'ON'
        ? { level: 'problem', advice: 'Name the server that takes writes: a replica does not.' }
        : { level: 'ok' },
  },
  {
    check: 'connections',
    variables: ['max_connections'],
    show: (value) => `${value} at most`,
    mean: (value, { status }) =>
      Number(value('max_connections')) - Number(status.get('threads_connected')) >= 10
        ? { level: 'ok' }
        : {
            level: 'warning',
            advice: 'Fewer than ten are free. A load needs one for each worker, and two more: use fewer --workers.',
          },
  },
];

/** A check for each of the settings. What a server does not have is not shown. */
export const settingChecks: readonly Check<ServerPlace>[] = settings.map(({ check, variables, mean, show = (value) => value }) =>
  onServer(check, (server) => {
    const known = variables.flatMap((name) => {
      const value = server.variables.get(name);
      return value === undefined ? [] : [`${name} = ${show(value)}`];
    });
    return [{ found: known.join(', '), ...mean((name) => server.variables.get(name), server) }];
  }),
);
