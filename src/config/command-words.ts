/** A text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  // On one line, as bash, zsh and ksh read it.
  if (/\p{Cc}/u.test(text))
    return `$${JSON.stringify(text).replaceAll("'", "\\'").replace(/^"|"$/g, "'").replaceAll('\\"', '"')}`;
  return /^[\w./~@%+,:=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
