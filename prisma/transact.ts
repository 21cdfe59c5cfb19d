import { AsyncLocalStorage } from 'node:async_hooks';
import type { PrismaPg } from '@prisma/adapter-pg';
import { type ColumnType, ColumnTypeEnum, type Transaction } from '@prisma/driver-adapter-utils';
import { Prisma, type PrismaClient } from './generated/client.ts';

type Tx = Prisma.TransactionClient;

/** A transaction that Prisma opens, as its driver adapter knows it. */
interface Opened {
  transaction?: Transaction;
  isOver: boolean;
}

const opening = new AsyncLocalStorage<Opened>();

/** The statements that end a transaction; later ones would run outside of it. */
const ENDS: ReadonlySet<string> = new Set(['COMMIT', 'ROLLBACK']);

/** Lets `transact` reach the transactions that this adapter opens. */
export function handOutTransactions(factory: PrismaPg): PrismaPg {
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    const start = adapter.startTransaction.bind(adapter);
    adapter.startTransaction = async (level) => {
      const transaction = await start(level);
      const opened = opening.getStore();
      return opened === undefined ? transaction : handOut(transaction, opened);
    };
    return adapter;
  };
  return factory;
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
 * Runs `work` in one transaction of Prisma's: all of it is on record, or none. Its `$queryRaw` and
 * `$executeRaw` give what Prisma's give, but go to the driver adapter past Prisma's query engine, which has
 * nothing to add to them and takes twice their time.
 * @param options The longest wait for a connection and the longest the transaction may take, in milliseconds,
 *   and its isolation.
 */
export function transact<T>(
  db: PrismaClient,
  work: (tx: Tx) => Promise<T>,
  options?: {
    readonly maxWait?: number;
    readonly timeout?: number;
    readonly isolationLevel?: Prisma.TransactionIsolationLevel;
  },
): Promise<T> {
  const opened: Opened = { isOver: false };
  return opening.run(opened, () => db.$transaction((tx) => work(withRaw(tx, opened)), options));
}

type Template = TemplateStringsArray | Prisma.Sql;

function withRaw(tx: Tx, opened: Opened): Tx {
  const { transaction } = opened;
  if (transaction === undefined) throw new Error('the database was not made by createDatabase');
  // One that is over, say because it took too long, is for Prisma to refuse.
  const $queryRaw = (template: Template, ...values: unknown[]) =>
    opened.isOver ? tx.$queryRaw(sqlOf(template, values)) : query(transaction, sqlOf(template, values));
  const $executeRaw = (template: Template, ...values: unknown[]) =>
    opened.isOver
      ? tx.$executeRaw(sqlOf(template, values))
      : transaction.executeRaw(queryOf(sqlOf(template, values)));
  return Object.create(tx, { $queryRaw: { value: $queryRaw }, $executeRaw: { value: $executeRaw } }) as Tx;
}

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

async function query(transaction: Transaction, sql: Prisma.Sql): Promise<Record<string, unknown>[]> {
  const { columnNames, columnTypes, rows } = await transaction.queryRaw(queryOf(sql));
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
