/** How long a holder may be silent, and how often it shows that it lives. */
export interface LeaseTiming {
  /** proper-lockfile takes no less than 2000. */
  readonly staleMs: number;
  /** proper-lockfile takes no less than 1000 and no more than half of `staleMs`. */
  readonly heartbeatMs: number;
}

/** Five heartbeats have to fail before others take over, and still one can wait for that after the crash of another machine. */
export const defaultLeaseTiming: LeaseTiming = { staleMs: 15_000, heartbeatMs: 3000 };
