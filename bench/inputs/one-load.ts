/**
 * One load, with or without its journal.
 *
 *     node dist/bench/inputs/one-load.js '{"store": "...", "inputs": [...], ...}' [--no-journal]
 *
 * The argument holds the keys of `ingest.config.json`. Prints the summary as one JSON line.
 */
import { loadConfig } from '../../src/config/load-config.js';
import { load } from '../../src/ingest/load.js';

const [flags = '{}', noJournal] = process.argv.slice(2);
const config = loadConfig({ flags: JSON.parse(flags) as Record<string, unknown> });
const summary = await load({ ...config, journal: noJournal === undefined });
process.stdout.write(`${JSON.stringify(summary)}\n`);
