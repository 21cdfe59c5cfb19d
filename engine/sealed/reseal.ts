import type { SealRing } from '../../platform/seal.ts';
import type { Database } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { SealedPlace } from './places.ts';

/** Rows read at once. */
const BATCH_ROWS = 500;

/** What was done to the rows of one column. */
export interface Resealed {
  /** Rows whose text is now sealed with the ring's first secret alone. */
  readonly resealed: number;
  /** Rows with a text that no secret of the ring opens. It stays as it was. */
  readonly unreadable: number;
  /** Rows that others changed in the meantime. */
  readonly changed: number;
  /** Rows that need another secret than the first one, counted at the end. */
  readonly left: number;
}

interface Row {
  readonly ids: readonly string[];
  /** One text, or those of a list. */
  readonly texts: readonly string[];
}

/**
 * Seals again, with the ring's first secret, what another sealed in this column. Each row is a transaction of
 * its own, and changes only if it is still as it was read: a run that is killed has done a part, and the next
 * does the rest.
 */
export async function reseal(db: Database, place: SealedPlace, ring: SealRing): Promise<Resealed> {
  const counts = { resealed: 0, unreadable: 0, changed: 0 };
  let last: Row | undefined;
  for (;;) {
    const rows: readonly Row[] = await readBatch(db, place, ring, last);
    for (const row of rows) counts[await resealRow(db, place, ring, row)] += 1;
    last = rows.at(-1);
    if (rows.length < BATCH_ROWS) return { ...counts, left: await countLeft(db, place, ring) };
  }
}

const name = (identifier: string) => Prisma.raw(`"${identifier}"`);

const all = (parts: readonly Prisma.Sql[], separator: string) => Prisma.join([...parts], separator);

/** The next rows, in the order of their key, that hold a text which the first secret did not seal. */
async function readBatch(
  db: Database,
  place: SealedPlace,
  ring: SealRing,
  after: Row | undefined,
): Promise<Row[]> {
  const { table, column, isList, key } = place;
  const columns = key.map(([id]) => name(id));
  const texts = textsOf(column, isList);
  const tail =
    after === undefined
      ? Prisma.empty
      : Prisma.sql`AND (${all(columns, ', ')}) > (${all(idsOf(key, after), ', ')})`;
  const ids = columns.map((column) => Prisma.sql`${column}::text`);
  return await db.$queryRaw<Row[]>`
    SELECT ARRAY[${all(ids, ', ')}] AS ids, ${texts} AS texts FROM ${name(table)}
    WHERE ${needsAnother(place, ring)} ${tail}
    ORDER BY ${all(columns, ', ')} LIMIT ${BATCH_ROWS}`;
}

/** A process that still seals with another secret may have added some behind the reader. */
async function countLeft(db: Database, place: SealedPlace, ring: SealRing) {
  const [row] = await db.$queryRaw<{ left: number }[]>`
    SELECT count(*)::int AS left FROM ${name(place.table)} WHERE ${needsAnother(place, ring)}`;
  return row?.left ?? 0;
}

const textsOf = (column: string, isList: boolean): Prisma.Sql =>
  isList ? name(column) : Prisma.sql`ARRAY[${name(column)}]`;

/** Whether one of a row's texts is sealed with another secret than the first. */
const needsAnother = (
  { column, isList, sealing }: SealedPlace,
  ring: SealRing,
): Prisma.Sql => Prisma.sql`EXISTS (
  SELECT FROM unnest(${textsOf(column, isList)}) AS text
  WHERE NOT starts_with(text, ${sealing(ring, []).prefix}))`;

const idsOf = (key: SealedPlace['key'], { ids }: Row): Prisma.Sql[] =>
  key.map(([, type], index) => Prisma.sql`${ids[index]}::${Prisma.raw(type)}`);

async function resealRow(
  db: Database,
  { table, column, isList, key, sealing, hashes = [] }: SealedPlace,
  ring: SealRing,
  row: Row,
): Promise<'resealed' | 'unreadable' | 'changed'> {
  const { seal, unseal } = sealing(ring, row.ids);
  const opened = await Promise.all(row.texts.map(unseal));
  const texts = await Promise.all(
    opened.map((text, index) => (text === null ? row.texts[index] : seal(text))),
  );
  const isReadable = opened.every((text) => text !== null);
  if (!isReadable && !isList) return 'unreadable';
  const valueIn = (list: readonly unknown[]) =>
    isList ? Prisma.sql`${list}::text[]` : Prisma.sql`${list[0]}`;
  const isRow = all(
    idsOf(key, row).map((id, index) => Prisma.sql`${name(key[index]?.[0] ?? '')} = ${id}`),
    ' AND ',
  );
  const [programId = ''] = row.ids;
  const [text] = opened;
  const hashed =
    hashes.length === 0 || text == null
      ? Prisma.empty
      : all(
          hashes.map(({ column, of }) => setHash(table, column, programId, of(ring[0], programId, text))),
          ' ',
        );
  const changedCount = await db.$executeRaw`
    UPDATE ${name(table)} AS mine SET ${name(column)} = ${valueIn(texts)} ${hashed}
    WHERE ${isRow} AND ${name(column)} = ${valueIn(row.texts)}`;
  if (changedCount === 0) return 'changed';
  return isReadable ? 'resealed' : 'unreadable';
}

/**
 * Changes the hash together with the text. A process that did not know the old secret may have stored the
 * same text once more: then that row has the hash already, and this one keeps its own.
 */
const setHash = (table: string, column: string, programId: string, hash: string): Prisma.Sql => Prisma.sql`,
  ${name(column)} = CASE WHEN EXISTS (
    SELECT FROM ${name(table)} AS other
    WHERE other.program_id = ${programId}::uuid AND other.${name(column)} = ${hash}
  ) THEN mine.${name(column)} ELSE ${hash} END`;
