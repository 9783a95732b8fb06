/** Counts distinct ids by their hashes: eight bytes an id, whatever its length. */
export class IdHashes {
  #hashes = new Float64Array(1024);
  #length = 0;

  add(hashes: Float64Array): void {
    const length = this.#length + hashes.length;
    if (length > this.#hashes.length) {
      const more = new Float64Array(Math.max(length, 2 * this.#hashes.length));
      more.set(this.#hashes);
      this.#hashes = more;
    }
    this.#hashes.set(hashes, this.#length);
    this.#length = length;
  }

  get distinct(): number {
    const sorted = this.#hashes.subarray(0, this.#length).sort();
    let count = 0;
    for (let n = 0; n < sorted.length; n++) if (n === 0 || sorted[n] !== sorted[n - 1]) count++;
    return count;
  }
}
