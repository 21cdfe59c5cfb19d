import fc from 'fast-check';
import { expect, it } from 'vitest';
import { withClient } from '../prisma/connection.ts';
import { useDatabase } from '../tests/support/database.ts';
import { listText } from './list-text.ts';

const database = useDatabase();

// Characters that PostgreSQL's texts have: not U+0000, and no halves of pairs.
const character = fc
  .oneof(
    fc.constantFrom('"', '\\', ',', '{', '}', '\n', ' ', 'N'),
    fc.string({ unit: 'grapheme', maxLength: 1 }),
  )
  .filter((it) => !it.includes('\0'));
const text = fc.oneof(
  fc.constantFrom(null, '', 'NULL', 'null', '{}'),
  fc.array(character, { maxLength: 12 }).map((it) => it.join('')),
);

it('PostgreSQL reads each list of texts back as it was', async () => {
  await withClient(database.url, async (client) => {
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 8 }), async (values) => {
        const { rows } = await client.query('SELECT to_json($1::text[]) AS read', [listText(values)]);
        expect(rows[0].read).toEqual(values);
      }),
    );
  });
});

it('numbers, booleans, JSON and what is missing come as what they are', async () => {
  await withClient(database.url, async (client) => {
    const { rows } = await client.query(
      'SELECT $1::bigint[] AS numbers, $2::boolean[] AS booleans, to_json($3::jsonb[]) AS json',
      [listText([1, -2, null]), listText([true, false, undefined]), listText([{ a: 'x"\n\\' }, null])],
    );
    expect(rows).toEqual([
      { numbers: ['1', '-2', null], booleans: [true, false, null], json: [{ a: 'x"\n\\' }, null] },
    ]);
  });
});
