import fc from 'fast-check';

/** Something that is loaded whole or not at all. */
export interface ExpectedUnit {
  /** 1-based line of its file; undefined when it is all of the file. */
  readonly line: number | undefined;
  /** Of its records. */
  readonly ids: readonly string[];
  /** It is no text that any reader would take: it must be refused, and nothing of it be in. */
  readonly isBroken?: boolean;
}

/** A file to load, with what is known of it. Ids begin with the name that it was made with: no two files share one. */
export interface Input {
  readonly name: string;
  readonly bytes: Buffer;
  readonly units: readonly ExpectedUnit[];
}

type Make = (name: string) => Input;

/** A JSON value of any kind, with the keys and numbers that are known to be trouble. */
const anyJson = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(null, [], {}, [[]], [null], [1, 'a'], '', -0, 1e308, 2 ** 53 + 2, '\u0000', '\ud83d\ude00', true),
);
const anyKey = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('__proto__', 'constructor', '10', '2', 'a/b', 'a~b', 'toString', '"', '\\'),
);
const datumValue = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.boolean(),
  fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 5 }),
  fc.array(fc.string({ maxLength: 5 }), { maxLength: 5 }),
);
const datum = fc.record({ value: datumValue, units: fc.string({ maxLength: 5 }) }, { requiredKeys: ['value'] });
const soundSections = {
  data: fc.dictionary(anyKey, datum, { maxKeys: 4 }),
  files: fc.dictionary(fc.string({ maxLength: 12 }), fc.record({ mimetype: fc.string() }), { maxKeys: 2 }),
  user_defined: fc.dictionary(anyKey, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
};
const soundSection = fc.record(soundSections, { requiredKeys: [] });
const wildSection = fc.record(
  { data: anyJson, curve_sets: anyJson, library_data: anyJson, files: anyJson, user_defined: anyJson, extra: anyJson },
  { requiredKeys: [] },
);

/** What follows `id` and `type` in a record: mostly what Sina takes. */
const sections = fc.oneof({ weight: 5, arbitrary: soundSection }, { weight: 1, arbitrary: wildSection });
const type = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('sim', 'dataset', 'kosh_ensemble') },
  { weight: 1, arbitrary: anyJson },
);

/** A document of a few records that are related to one another, of which some may be refused. */
export const arbitraryDocument: fc.Arbitrary<Make> = fc
  .tuple(fc.array(fc.tuple(type, sections), { minLength: 1, maxLength: 4 }), fc.option(anyJson, { freq: 8, nil: undefined }))
  .map(([records, wildRelationship]) => (name) => {
    const ids = records.map((_, n) => `${name}_${n}`);
    const related = ids.slice(1).map((id, n) => ({ subject: id, predicate: 'follows', object: ids[n] }));
    const document = {
      records: records.map(([type, rest], n) => ({ id: ids[n], type, ...rest })),
      relationships: wildRelationship === undefined ? related : [...related, wildRelationship],
    };
    return { name: `${name}.json`, bytes: Buffer.from(JSON.stringify(document)), units: [{ line: undefined, ids }] };
  });

/** What a document holds, if that can be said: nothing when it is no JSON, else its ids, when all of them are still its own. */
function unitOf(name: string, bytes: Buffer): ExpectedUnit[] {
  let document: { records: { id: string }[] };
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return [{ line: undefined, ids: [], isBroken: true }];
  }
  try {
    const ids = document.records.map(({ id }) => id);
    return ids.every((id) => id.startsWith(`${name}_`)) ? [{ line: undefined, ids: [...new Set(ids)] }] : [];
  } catch {
    return [];
  }
}

/** Makes another file of a file. */
export const mutatedBytes: fc.Arbitrary<(input: Input) => Input> = fc
  .tuple(
    fc.constantFrom('flip', 'cut', 'repeat', 'end', 'insert', 'space'),
    fc.nat(),
    fc.nat({ max: 40 }),
    fc.uint8Array({ maxLength: 8 }),
  )
  .map(([kind, place, length, extra]) => ({ name, bytes }) => {
    const at = place % Math.max(1, bytes.length);
    const before = bytes.subarray(0, at);
    const part = bytes.subarray(at, at + length);
    const after = bytes.subarray(at + length);
    const changed = {
      flip: [before, Buffer.from(part.map((byte, n) => byte ^ (extra[n] ?? 0))), after],
      cut: [before, after],
      repeat: [before, part, part, after],
      end: [before],
      insert: [before, Buffer.from(extra), part, after],
      // Between the digits of a number, say, which are two numbers then.
      space: [before, Buffer.from(' '), part, Buffer.from('\n\t'), after],
    }[kind as 'flip'];
    const mutated = Buffer.concat(changed);
    return { name, bytes: mutated, units: unitOf(name.replace('.json', ''), mutated) };
  });

/** Lines of which most are Sina records or datasets. */
export const arbitraryLines: fc.Arbitrary<Make> = fc
  .array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.tuple(type, sections).map(
          ([type, rest]) =>
            (id: string) =>
              JSON.stringify({ id, type, ...rest }),
        ),
      },
      {
        weight: 3,
        arbitrary: fc
          .dictionary(anyKey, fc.oneof(datumValue, anyJson), { maxKeys: 4 })
          .map((metadata) => (id: string) => JSON.stringify({ id, metadata })),
      },
      { weight: 1, arbitrary: anyJson.map((value) => () => JSON.stringify(value)) },
      { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => () => text.replace(/[\r\n]/g, ' ')) },
    ),
    { minLength: 1, maxLength: 60 },
  )
  .map((lines) => (name) => {
    const texts = lines.map((line, n) => line(`${name}_${n}`));
    const units = texts.flatMap((text, n) => (text.includes(`"${name}_${n}"`) ? [{ line: n + 1, ids: [`${name}_${n}`] }] : []));
    return { name: `${name}.jsonl`, bytes: Buffer.from(`${texts.join('\n')}\n`), units };
  });

const cell = fc.oneof(
  fc.integer().map(String),
  fc.double().map(String),
  fc.array(fc.integer(), { maxLength: 4 }).map((list) => JSON.stringify(list)),
  fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !text.includes('\0')),
);

/** A table of which most rows have as many cells as the header. */
export const arbitraryTable: fc.Arbitrary<Make> = fc
  .array(
    fc.oneof(
      { weight: 9, arbitrary: fc.array(cell, { minLength: 3, maxLength: 3 }) },
      { weight: 1, arbitrary: fc.array(cell, { maxLength: 6 }) },
    ),
    {
      minLength: 1,
      maxLength: 60,
    },
  )
  .map((rows) => (name) => {
    const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    let line = 2;
    const texts: string[] = [];
    const units = rows.map((cells, n) => {
      const text = [`${name}_${n}`, ...cells].map(quoted).join(',');
      texts.push(text);
      const unit = { line, ids: [`${name}_${n}`] };
      line += text.split('\n').length;
      return unit;
    });
    return { name: `${name}.csv`, bytes: Buffer.from(`id,a,b,c\n${texts.join('\n')}\n`), units };
  });
