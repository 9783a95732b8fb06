import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { IngestError, messageOf } from '../../../src/errors.js';
import { spreadOf } from '../../support/statistics.js';
import { endText } from '../group.js';
import type { Sizes } from '../protocol.js';
import type { Peer } from './peer.js';

/** Says which Kosh it is, and on which Python. */
const askScript = `
import platform
import kosh
print("kosh", getattr(kosh, "__version__", "of an unknown version"), "on Python", platform.python_version())
`;

/** The loop of Kosh's notebook on thread safety, one run of it. Its input ends when who started it has ended, however that was: then it ends too. */
const loopScript = `
import json, os, sys, threading, time

def end_with_parent():
    # Not sys.stdin: Python cannot end while a thread reads from it.
    while os.read(0, 4096):
        pass
    os._exit(1)

threading.Thread(target=end_with_parent, daemon=True).start()
import kosh
path, ensembles, datasets, attributes = sys.argv[1], *map(int, sys.argv[2:5])
store = kosh.connect(path, delete_all_contents=False)
records = 0
started = time.monotonic()
for e in range(ensembles):
    ensemble = store.create_ensemble(
        id=f"ensemble_{e}",
        metadata={f"ensemble_att_{k}": f"ensemble_{e}_attributes_{k}" for k in range(attributes)},
    )
    records += 1
    for d in range(datasets):
        ensemble.create(
            id=f"ensemble_{e}_dataset_{d}",
            metadata={f"dataset_att_{k}": f"dataset_{d}_attributes_{k}" for k in range(attributes)},
        )
        records += 1
seconds = time.monotonic() - started
store.close()
print()
print(json.dumps({"records": records, "seconds": seconds}))
`;

/** Where and what one round is. */
export interface PeerRun {
  readonly cwd: string;
  readonly store: string;
  readonly sizes: Sizes;
  readonly signal: AbortSignal | undefined;
}

/** The real Kosh of `python3`: the notebook's loop, one process, in the same rounds as the trials. */
export class KoshPeer {
  readonly name: string;
  #records = 0;
  readonly #rates = new Map<number, number>();
  readonly #faults: string[] = [];

  /** Throws `ERR_USAGE` when there is no Kosh that `python3` can import. */
  static find(): KoshPeer {
    const asked = spawnSync('python3', ['-c', askScript], { encoding: 'utf8' });
    if (asked.status === 0) return new KoshPeer(asked.stdout.trim().split('\n').at(-1) ?? 'kosh');
    const why = asked.error ? messageOf(asked.error) : lastLine(asked.stderr);
    throw new IngestError('ERR_USAGE', `--peer kosh: python3 cannot import kosh: ${why}`, {
      hint: 'Activate the environment in which Kosh is installed, or leave --peer out.',
    });
  }

  private constructor(name: string) {
    this.name = name;
  }

  /** Round 0 only warms up. A failure is a fault of the peer, and ends nothing else. */
  async run(round: number, { cwd, store, sizes, signal }: PeerRun): Promise<void> {
    const { ensembles, datasets, attributes } = sizes;
    const args = ['-c', loopScript, store, ...[ensembles, datasets, attributes].map(String)];
    const child = spawn('python3', args, { cwd, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    const kill = () => {
      try {
        // With what it has started: `python3` can be a script that runs another.
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It is gone.
      }
    };
    signal?.addEventListener('abort', kill);
    process.prependOnceListener('exit', kill);
    try {
      if (signal?.aborted) kill();
      const [[code, killedBy], stdout, stderr] = await Promise.all([
        once(child, 'close'),
        text(child.stdout),
        text(child.stderr),
      ]);
      if (signal?.aborted) throw new IngestError('ERR_INTERRUPTED', 'the bench was interrupted');
      const answer = code === 0 ? answerIn(stdout) : undefined;
      if (answer) this.#take(round, answer);
      else this.#faults.push(`round ${round}: python3 ${endText({ code, killedBy }, lastLine(stderr))}`);
    } finally {
      kill();
      signal?.removeEventListener('abort', kill);
      process.removeListener('exit', kill);
    }
  }

  #take(round: number, { records, seconds }: Answer): void {
    this.#records = records;
    if (round > 0) this.#rates.set(round, records / seconds);
  }

  /** What the first so many rounds come to; `floorRates` are those of the notebook, empty when it was not a load of the run. */
  result(rounds: number, floorRates: readonly number[]): Peer {
    const rates = [...this.#rates].filter(([round]) => round <= rounds);
    const ratios = rates.flatMap(([round, rate]) => {
      const floor = floorRates[round - 1];
      return floor === undefined ? [] : [rate / floor];
    });
    const isWhole = this.#faults.length === 0 && rates.length > 0;
    return {
      name: this.name,
      records: this.#records,
      rates: rates.map(([, rate]) => rate),
      ...(isWhole ? { rate: spreadOf(rates.map(([, rate]) => rate)) } : {}),
      ...(isWhole && ratios.length > 0 ? { floorRatio: spreadOf(ratios) } : {}),
      faults: this.#faults,
    };
  }
}

/** What the script prints last. */
interface Answer {
  readonly records: number;
  readonly seconds: number;
}

function answerIn(stdout: string): Answer | undefined {
  try {
    return JSON.parse(lastLine(stdout)) as Answer;
  } catch {
    return undefined;
  }
}

function lastLine(said: string): string {
  return said.trim().split('\n').at(-1) ?? '';
}
