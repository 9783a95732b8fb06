import type { MariadbServer } from '../support/mariadb-server.js';

/** Where a run takes place: a throw-away store, and a folder for what comes with it. Disposing of it leaves nothing behind. */
export interface Place extends AsyncDisposable {
  readonly engine: 'SQLite' | 'MariaDB';
  /** The store: an absolute path, or a URL. */
  readonly store: string;
  /** Of a cluster, the URL of the store on each node; else the store alone. */
  readonly nodes: readonly string[];
  /** For histories and whatever else is not to meet a full disk. */
  readonly folder: string;
  /** What is on the disk that can be full; it is there. */
  readonly disk: string;
  /** Servers that are ours to kill: none, one, or the nodes of a cluster. */
  readonly servers: readonly MariadbServer[];
}
