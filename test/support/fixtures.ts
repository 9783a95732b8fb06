/** The folder of fixtures, from the sources as well as from `dist`: fixtures are not compiled. */
const fromDist = import.meta.url.includes('/dist/test/');
export const fixtures = new URL(fromDist ? '../../../test/fixtures/' : '../fixtures/', import.meta.url);
