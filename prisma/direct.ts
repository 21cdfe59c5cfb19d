import { AsyncLocalStorage } from 'node:async_hooks';
import type { PrismaPg } from '@prisma/adapter-pg';
import {
  type ColumnType,
  ColumnTypeEnum,
  type SqlQueryable,
  type Transaction,
} from '@prisma/driver-adapter-utils';
import { withinTransaction } from '../platform/outside.ts';
import { Prisma, type PrismaClient } from './generated/client.ts';

type Tx = Prisma.TransactionClient;

/** A transaction that Prisma opens, as its driver adapter knows it. */
interface Opened {
  transaction?: Transaction;
  isOver: boolean;
}

/** Prisma's driver adapter, while it is connected. */
export interface Doors {
  adapter: SqlQueryable | null;
}

const opening = new AsyncLocalStorage<Opened>();

/** The statements that end a transaction; later ones would run outside of it. */
const ENDS: ReadonlySet<string> = new Set(['COMMIT', 'ROLLBACK']);

/** Lets `direct` reach the driver adapter that this factory connects, and the transactions that it opens. */
export function doorsOf(factory: PrismaPg): Doors {
  const doors: Doors = { adapter: null };
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    const start = adapter.startTransaction.bind(adapter);
    adapter.startTransaction = async (level) => {
      const transaction = await start(level);
      const opened = opening.getStore();
      return opened === undefined ? transaction : handOut(transaction, opened);
    };
    const dispose = adapter.dispose.bind(adapter);
    adapter.dispose = async () => {
      if (doors.adapter === adapter) doors.adapter = null;
      await dispose();
    };
    doors.adapter = adapter;
    return adapter;
  };
  return doors;
}

function handOut(transaction: Transaction, opened: Opened): Transaction {
  const execute = transaction.executeRaw.bind(transaction);
  transaction.executeRaw = (query) => {
    if (ENDS.has(query.sql)) opened.isOver = true;
    return execute(query);
  };
  opened.transaction = transaction;
  return transaction;
}

/**
 * The same client whose `$queryRaw` and `$executeRaw`, in transactions and outside, give what Prisma's give,
 * but go to the driver adapter past Prisma's query engine, which has nothing to add to them and takes twice
 * their time. They run at once, and not when they are awaited. The work of a transaction is marked, so that a
 * call to the outside within one is seen.
 */
export function direct(db: PrismaClient, doors: Doors): PrismaClient {
  const transact = db.$transaction.bind(db) as Transact;
  const $transaction: Transact = (work, options) => {
    if (typeof work !== 'function') return transact(work, options);
    const opened: Opened = { isOver: false };
    return opening.run(opened, () =>
      transact((tx) => withinTransaction(() => work(withRaw(tx, opened))), options),
    );
  };
  return over(db, { $transaction, ...rawOf(() => connected(db, doors)) });
}

/** The same client with other methods; the given one keeps its own, since Prisma makes transactions of it. */
const over = <T extends object>(client: T, methods: Readonly<Record<string, unknown>>): T =>
  Object.create(
    client,
    Object.fromEntries(Object.entries(methods).map(([name, value]) => [name, { value, configurable: true }])),
  ) as T;

type Work = (tx: Tx) => Promise<unknown>;
type Transact = (work: Work | unknown[], options?: object) => Promise<unknown>;

async function connected(db: PrismaClient, doors: Doors): Promise<SqlQueryable> {
  if (doors.adapter === null) await db.$connect();
  if (doors.adapter === null) throw new Error('Prisma has connected, and not by its adapter');
  return doors.adapter;
}

type Template = TemplateStringsArray | Prisma.Sql;

function withRaw(tx: Tx, opened: Opened): Tx {
  const { transaction } = opened;
  if (transaction === undefined) throw new Error('Prisma opened a transaction, and not by its adapter');
  const raw = rawOf(() => transaction);
  // One that is over, say because it took too long, is for Prisma to refuse.
  const $queryRaw = (template: Template, ...values: unknown[]) =>
    opened.isOver ? tx.$queryRaw(sqlOf(template, values)) : raw.$queryRaw(template, ...values);
  const $executeRaw = (template: Template, ...values: unknown[]) =>
    opened.isOver ? tx.$executeRaw(sqlOf(template, values)) : raw.$executeRaw(template, ...values);
  return over(tx, { $queryRaw, $executeRaw });
}

/** Raw statements for whatever takes them. */
const rawOf = (to: () => SqlQueryable | Promise<SqlQueryable>) => ({
  $queryRaw: async (template: Template, ...values: unknown[]) =>
    await query(await to(), sqlOf(template, values)),
  $executeRaw: async (template: Template, ...values: unknown[]) =>
    await (await to()).executeRaw(queryOf(sqlOf(template, values))),
});

const sqlOf = (template: Template, values: readonly unknown[]): Prisma.Sql =>
  template instanceof Prisma.Sql ? template : Prisma.sql(template, ...values);

const AS_IT_IS = { arity: 'scalar', scalarType: 'unknown' } as const;

const queryOf = ({ text, values }: Prisma.Sql) => ({
  sql: text,
  args: values.map(argumentOf),
  argTypes: values.map(() => AS_IT_IS),
});

/** Times carry their offset, so that the session's time zone does not matter. */
function argumentOf(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  return Array.isArray(value) ? value.map(argumentOf) : value;
}

async function query(to: SqlQueryable, sql: Prisma.Sql): Promise<Record<string, unknown>[]> {
  const { columnNames, columnTypes, rows } = await to.queryRaw(queryOf(sql));
  const readers = columnTypes.map((type) => READERS.get(type));
  return rows.map((row) => {
    const read: Record<string, unknown> = {};
    for (const [column, name] of columnNames.entries()) {
      const value = row[column];
      const reader = readers[column];
      read[name] = value === null || reader === undefined ? value : reader(value as string);
    }
    return read;
  });
}

const listOf = (reader: (value: string) => unknown) => (values: unknown) =>
  (values as (string | null)[]).map((value) => (value === null ? null : reader(value)));

const { Int64, Numeric, Date: Day, DateTime, Json } = ColumnTypeEnum;
const { Int64Array, NumericArray, DateArray, DateTimeArray } = ColumnTypeEnum;

const toBigInt = (value: string) => BigInt(value);
const toDecimal = (value: string) => new Prisma.Decimal(value);
const toDate = (value: string) => new Date(value);

/**
 * Converts what the adapter returns as text into what `$queryRaw` returns; other types are the same in both.
 */
const READERS: ReadonlyMap<ColumnType, (value: string) => unknown> = new Map<
  ColumnType,
  (value: string) => unknown
>([
  [Int64, toBigInt],
  [Numeric, toDecimal],
  [Day, toDate],
  [DateTime, toDate],
  [Json, JSON.parse],
  [Int64Array, listOf(toBigInt)],
  [NumericArray, listOf(toDecimal)],
  [DateArray, listOf(toDate)],
  [DateTimeArray, listOf(toDate)],
]);
