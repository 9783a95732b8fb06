import { digestOfPieces } from './digest.js';
import type { FilesChunk, LinesPart } from './files-chunk.js';
import { changed, type FoundFiles, gone, type LinesFile } from './files-plan.js';
import { type ByteRange, blocksOf, digestOf, placeOf, readRange, withFile } from './input-file.js';
import { type LineRange, outermost, rangeKey, rangeOfKey } from './line-ranges.js';
import type { Done } from './source.js';

/** The ranges of each file that are done, by its place, none inside of another. */
export function doneRanges(done: Done): ReadonlyMap<string, readonly ByteRange[]> {
  const all = new Map<string, ByteRange[]>();
  for (const key of done.keys()) {
    const { place, range } = rangeOfKey(key) ?? {};
    if (place === undefined || !range) continue;
    const ranges = all.get(place);
    if (ranges) ranges.push(range);
    else all.set(place, [range]);
  }
  return new Map([...all].map(([place, ranges]) => [place, outermost(ranges)]));
}

/**
 * Compares everything that is done with the files as they are now, and answers the places of the documents among it. Throws `ERR_INPUT_CHANGED`.
 */
export function checkDone(done: Done, found: FoundFiles): ReadonlySet<string> {
  const documents = new Map(found.documents.map((file) => [placeOf(file.path), file]));
  const lines = new Map(found.lines.map((file) => [placeOf(file.part.file.path), file]));
  const places = new Set<string>();
  for (const [key, { digest }] of done) {
    const document = documents.get(key);
    if (document) {
      if (digestNow(() => digestOf(document)) !== digest) throw changed(document.path);
      places.add(key);
      continue;
    }
    const { place = '', range } = rangeOfKey(key) ?? {};
    const owner = lines.get(place);
    if (!owner || !range) throw gone(key);
    checkRange(owner, range, digest);
  }
  return places;
}

/** A file that is gone, or cannot be read any more, has no digest. */
function digestNow(digest: () => string): string | undefined {
  try {
    return digest();
  } catch {
    return undefined;
  }
}

function checkRange({ part: { file, table } }: LinesFile, range: ByteRange, digest: string): void {
  function* content(fd: number) {
    if (table) yield JSON.stringify(table);
    yield* blocksOf(fd, range);
  }
  const now = digestNow(() => withFile(file, (fd) => digestOfPieces(content(fd))));
  // What was appended can have made the last line longer.
  const isLineEnd = range.to >= file.bytes || readRange(file, { from: range.to - 1, to: range.to })[0] === 0x0a;
  if (now !== digest || range.to > file.bytes || !isLineEnd) throw changed(file.path);
}

/** Of chunks that were left for later, what is not done. */
export function notDone(chunks: readonly FilesChunk[], done: Done): FilesChunk[] {
  return chunks.map((chunk) => ({
    ...chunk,
    ...(chunk.documents ? { documents: chunk.documents.filter(({ path }) => !done.has(placeOf(path))) } : {}),
    lines: (chunk.lines ?? []).flatMap((part): LinesPart[] => {
      const ranges = part.ranges.filter((range: LineRange) => !done.has(rangeKey(part.file.path, range)));
      return ranges.length > 0 ? [{ ...part, ranges }] : [];
    }),
  }));
}
