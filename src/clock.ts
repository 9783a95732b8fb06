/** Milliseconds of a clock that all threads and processes of this machine share (CLOCK_MONOTONIC). */
export function nowMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
