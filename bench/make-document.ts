/**
 * Writes a Sina document of small records, and the same records as many documents in a folder.
 *
 *     node dist/bench/make-document.js FILE FOLDER
 */
import { writeDocuments } from './load/documents.js';

const [file, folder] = process.argv.slice(2);
if (!file || !folder) throw new Error('usage: make-document.js FILE FOLDER');
writeDocuments(file, folder);
