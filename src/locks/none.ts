import { noLock, ScopedStrategy, type Work } from './scoped-strategy.js';

/**
 * No lock and no second try: the work runs once. Kosh's default, for a store that nobody else writes at the same time.
 *
 * An error is thrown as it is, `SQLITE_BUSY` too: here it means that somebody else does write, and only the caller knows which store
 * to name when it says so (`ERR_STORE_BUSY`).
 */
export class None extends ScopedStrategy {
  readonly name = 'None';

  protected override runOutermost<T>(work: Work<T>): Promise<T> {
    return this.inside(noLock(), work);
  }
}
