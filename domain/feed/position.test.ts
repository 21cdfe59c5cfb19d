import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cursorText, type FeedPosition, isAfter, parseCursor } from './position.ts';
import { isNotBefore, parseSnapshot, type Snapshot, sees, snapshotText } from './snapshot.ts';

/** A moment: where it begins, and of the transactions from there on which had ended. */
const moment: fc.Arbitrary<Snapshot> = fc
  .tuple(fc.bigInt(1n, 2n ** 62n), fc.array(fc.boolean(), { maxLength: 60 }))
  .map(([xmin, ended]) => ({
    xmin,
    xmax: xmin + BigInt(ended.length),
    running: ended.flatMap((hasEnded, at) => (hasEnded ? [] : [xmin + BigInt(at)])),
  }))
  // Nobody is given the first id of an epoch of 32 bits.
  .filter(({ xmin, xmax }) => xmin / 2n ** 32n === xmax / 2n ** 32n && xmin % 2n ** 32n !== 0n);

const position: fc.Arbitrary<FeedPosition> = fc
  .tuple(moment, fc.option(fc.record({ upTo: moment, id: fc.bigInt(0n, 2n ** 60n) })))
  .map(([seen, part]) => ({ seen, part }));

describe('a cursor', () => {
  it('says where it is and when it was given, in letters that every header and address bears', () => {
    fc.assert(
      fc.property(position, fc.integer({ min: 0, max: 4_102_444_800_000 }), (at, at_ms) => {
        const text = cursorText({ position: at, at_ms });
        expect(text).toMatch(/^[0-9a-z.-]+$/);
        expect(parseCursor(text)).toEqual({ position: at, at_ms });
      }),
    );
  });

  it('is read from nothing but what a feed can have given', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'019az.-A ') }), (text) => {
        const cursor = parseCursor(text);
        if (cursor !== null) expect(parseCursor(cursorText(cursor))).toEqual(cursor);
      }),
    );
    const impossible = [
      '',
      '2.1.5-0',
      '1.1.0-0',
      '1.1.5',
      '1.1.5-1-2',
      '1.1.5-3-1-1',
      '1.1.5-3-2-1',
      '1.1.5-0.5-0',
    ];
    expect(impossible.map(parseCursor)).toEqual(impossible.map(() => null));
    expect(parseCursor(`1.1.5-0${'0'.repeat(8_000)}`)).toBeNull();
    expect(parseCursor('1.1.zzzzzzzzzzzzz-0')).toBeNull();
    expect(parseCursor(`1.1.${(2n ** 32n).toString(36)}-0`)).toBeNull();
  });
});

describe('a moment', () => {
  it('is written as PostgreSQL writes it', () => {
    expect(parseSnapshot('10:20:10,14,15')).toEqual({ xmin: 10n, xmax: 20n, running: [10n, 14n, 15n] });
    expect(parseSnapshot('10:20:')).toEqual({ xmin: 10n, xmax: 20n, running: [] });
    expect(['', '20:10:', '10:20:9', '10:20:20', '10:20:15,14', 'a:b:'].map(parseSnapshot)).toEqual(
      [1, 2, 3, 4, 5, 6].map(() => null),
    );
    fc.assert(
      fc.property(moment, (it) => {
        expect(parseSnapshot(snapshotText(it))).toEqual(it);
      }),
    );
  });

  it('is not before another exactly when it sees all that the other saw', () => {
    const near = fc.tuple(moment, fc.array(fc.nat(9)), fc.nat(9));
    fc.assert(
      fc.property(near, ([earlier, ending, begun]) => {
        const running = earlier.running.filter((_, at) => !ending.includes(at));
        const xmax = earlier.xmax + BigInt(begun);
        const later = { xmin: running[0] ?? xmax, xmax, running };
        expect(isNotBefore(later, earlier)).toBe(true);
        const isSame = later.xmax === earlier.xmax && running.length === earlier.running.length;
        expect(isNotBefore(earlier, later)).toBe(isSame);
      }),
    );
  });
});

/** A database: transactions that began in order, each with its messages, and when each committed. */
interface History {
  readonly rows: readonly { readonly xid: bigint; readonly id: bigint; readonly commits: number }[];
  readonly looks: readonly number[];
}

const history: fc.Arbitrary<History> = fc
  .tuple(
    fc.array(fc.record({ starts: fc.nat(40), takes: fc.integer({ min: 1, max: 40 }), count: fc.nat(3) })),
    fc.array(fc.nat(90), { minLength: 1 }),
  )
  .map(([transactions, looks]) => {
    const ordered = transactions.toSorted((a, b) => a.starts - b.starts);
    const writes = ordered.flatMap(({ starts, takes, count }, at) =>
      Array.from({ length: count }, (_, nth) => ({
        xid: BigInt(at + 1),
        at: starts + (takes * nth) / (count + 1),
        commits: starts + takes,
      })),
    );
    const rows = writes
      .toSorted((a, b) => a.at - b.at)
      .map(({ xid, commits }, at) => ({ xid, id: BigInt(at + 1), commits }));
    return { rows, looks: looks.toSorted((a, b) => a - b) };
  });

describe('reading by moments', () => {
  it('finds each message once, however transactions overlap and wherever reading is taken up', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 3 }), ({ rows, looks }, size) => {
        const read: bigint[] = [];
        let at: FeedPosition = { seen: { xmin: 1n, xmax: 1n, running: [] }, part: null };
        for (const time of [...looks, 1_000, 1_000, ...rows.map(() => 1_000)]) {
          const upTo = at.part?.upTo ?? snapshotAt(rows, time);
          const found = rows
            .filter((row) => row.commits <= time && sees(upTo, row.xid) && isAfter(at, row))
            .slice(0, size);
          read.push(...found.map(({ id }) => id));
          const last = found.at(-1);
          at =
            last === undefined ? { seen: upTo, part: null } : { seen: at.seen, part: { upTo, id: last.id } };
          at = parseCursor(cursorText({ position: at, at_ms: 0 }))?.position ?? at;
        }
        expect(read.toSorted((a, b) => Number(a - b))).toEqual(rows.map(({ id }) => id));
      }),
    );
  });
});

/** What a moment of the history saw. */
function snapshotAt(rows: History['rows'], time: number): Snapshot {
  const xmax = (rows.map(({ xid }) => xid).toSorted((a, b) => Number(b - a))[0] ?? 0n) + 1n;
  const running = [...new Set(rows.flatMap(({ xid, commits }) => (commits > time ? [xid] : [])))];
  const ascending = running.toSorted((a, b) => Number(a - b));
  return { xmin: ascending[0] ?? xmax, xmax, running: ascending };
}
