import { createHash, hash } from 'node:crypto';

/**
 * The digest of a content, as the journal keeps it: SHA-256, in base64url, which is a third shorter than hexadecimal in the line of each
 * document.
 */
export function digestOfWhole(content: Buffer | string): string {
  return hash('sha256', content, 'base64url');
}

/** As {@link digestOfWhole}, of a content in pieces. */
export function digestOfPieces(pieces: Iterable<Buffer | string>): string {
  const sha = createHash('sha256');
  for (const piece of pieces) sha.update(piece);
  return sha.digest('base64url');
}
