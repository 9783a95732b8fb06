import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket, connect as tcpConnect } from 'node:net';

/**
 * What becomes of a COMMIT: it passes; the connection is cut before the server sees it; the server has done it, and the connection is cut
 * before its answer is seen; the connection is cut, and the server is sent it only later: when somebody else may have begun to look for it.
 */
export type Verdict = 'pass' | 'cut before' | 'cut after' | 'late';

export const cuts = ['cut before', 'cut after', 'late'] as const satisfies Verdict[];

export interface CommitProxyOptions {
  /** Of the server, on the loopback. */
  readonly port: number;
  /** Asked for each COMMIT, which waits for the answer. `n` counts them from 0. */
  readonly verdict: (n: number) => Verdict | Promise<Verdict>;
  /** A statement that is sent instead of one of the client's; undefined: that of the client. */
  readonly replace?: (statement: string) => string | undefined;
  /** When a late COMMIT is sent on. Default: after 200 ms. */
  readonly lateUntil?: () => Promise<unknown>;
}

/** Stands between a client and a MariaDB server, sends on what either says, and decides on each COMMIT. Knows whole packets: no TLS. */
export class CommitProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ProxiedSession>();
  readonly #options: CommitProxyOptions;
  #commits = 0;

  static async listen(options: CommitProxyOptions): Promise<CommitProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new CommitProxy(server, options);
  }

  private constructor(server: Server, options: CommitProxyOptions) {
    this.#server = server;
    this.#options = options;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (client) => this.#join(client));
  }

  /** How many were seen. */
  get commits(): number {
    return this.#commits;
  }

  url(database: string): string {
    return `mariadb://root@127.0.0.1:${this.port}/${database}`;
  }

  /** Nobody can connect any more; connections stay. */
  refuse(): void {
    this.#server.close();
  }

  /** What was connected until now is as behind a cable that was pulled: nothing comes through, and neither end is told. */
  silence(): void {
    for (const session of this.#sessions) session.silence();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #join(client: Socket): void {
    const server = tcpConnect(this.#options.port, '127.0.0.1');
    const session = new ProxiedSession(client, server, () => this.#judge(), this.#options.replace);
    this.#sessions.add(session);
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => {
        this.#sockets.delete(socket);
        session.closed(socket);
        if (client.destroyed && server.destroyed) this.#sessions.delete(session);
      });
    }
    client.on('data', (data) => session.fromClient(data));
    server.on('data', (data) => session.fromServer(data));
  }

  async #judge(): Promise<Judgement> {
    const { verdict, lateUntil = () => new Promise((resolve) => setTimeout(resolve, 200)) } = this.#options;
    return { verdict: await verdict(this.#commits++), late: lateUntil };
  }
}

interface Judgement {
  readonly verdict: Verdict;
  readonly late: () => Promise<unknown>;
}

/** COM_QUERY, and its text. */
const commit = Buffer.from('\x03COMMIT');

class ProxiedSession {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #judge: () => Promise<Judgement>;
  readonly #replace: CommitProxyOptions['replace'];
  #pending = Buffer.alloc(0);
  #verdict: Verdict = 'pass';
  #isSilent = false;
  #sending: Promise<void> = Promise.resolve();

  constructor(client: Socket, server: Socket, judge: () => Promise<Judgement>, replace: CommitProxyOptions['replace']) {
    this.#replace = replace;
    this.#client = client;
    this.#server = server;
    this.#judge = judge;
  }

  silence(): void {
    this.#isSilent = true;
  }

  /** The other goes with it; but who sent a COMMIT that is late is gone, and its session stays until that is done. */
  closed(socket: Socket): void {
    if (this.#isSilent || (socket === this.#client && this.#verdict === 'late')) return;
    this.#client.destroy();
    this.#server.destroy();
  }

  fromClient(data: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, data]);
    while (this.#pending.length >= 4) {
      const size = 4 + this.#pending.readUIntLE(0, 3);
      if (this.#pending.length < size) return;
      const packet = this.#pending.subarray(0, size);
      this.#pending = this.#pending.subarray(size);
      this.#sending = this.#sending.then(() => this.#send(packet));
    }
  }

  async #send(packet: Buffer): Promise<void> {
    if (this.#isSilent) return;
    if (!packet.subarray(4).equals(commit)) {
      this.#server.write(this.#replaced(packet));
      return;
    }
    const { verdict, late } = await this.#judge();
    this.#verdict = verdict;
    if (verdict === 'cut before') {
      this.#client.destroy();
      this.#server.destroy();
      return;
    }
    if (verdict === 'late') {
      this.#client.destroy();
      await late();
    }
    this.#server.write(packet);
  }

  #replaced(packet: Buffer): Buffer {
    const isQuery = packet[4] === 3;
    const text = isQuery ? this.#replace?.(packet.toString('utf8', 5)) : undefined;
    if (text === undefined) return packet;
    const other = Buffer.concat([packet.subarray(0, 5), Buffer.from(text)]);
    other.writeUIntLE(other.length - 4, 0, 3);
    return other;
  }

  fromServer(data: Buffer): void {
    if (this.#isSilent) return;
    if (this.#verdict === 'pass') this.#client.write(data);
    else this.#server.destroy();
  }
}
