import { figure } from '../../../bench/strategies/report/format.js';
import { onServer } from './on-server.js';

/** Kosh keeps times in seconds. */
const noticedS = 2;
const wrongS = 60;

/** How far the server's clock is from this machine's. */
export const clock = onServer('clock', async ({ session }) => {
  const sentMs = Date.now();
  const [row] = await session.query('SELECT CAST(UNIX_TIMESTAMP(SYSDATE(6)) AS DOUBLE) AS seconds');
  const hereMs = (sentMs + Date.now()) / 2;
  const apartS = Number(row?.seconds) - hereMs / 1000;
  const found = `the server's is ${figure(Math.abs(apartS))} s ${apartS < 0 ? 'behind' : 'ahead of'} this machine's`;
  if (Math.abs(apartS) < noticedS) return [{ level: 'ok', found }];
  return [
    {
      level: Math.abs(apartS) < wrongS ? 'note' : 'warning',
      found,
      advice:
        'Nothing here depends on it, but the times that Kosh writes into records are those of the writing machine: see to NTP.',
    },
  ];
});
