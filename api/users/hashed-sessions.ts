import type {
  BetterAuthOptions,
  DBAdapter,
  DBAdapterInstance,
  DBTransactionAdapter,
  Where,
} from 'better-auth';
import { sha256 } from '../../platform/hash.ts';

const SESSION = 'session';

type Row = Record<string, unknown>;

/**
 * Wraps the store of the sign-in library, which would keep the tokens of sessions as they are: the database
 * gets their hashes, the library what it asked with. A list of sessions thus names no token; sessions are
 * ended by their ids.
 */
export const hashSessions =
  (open: DBAdapterInstance): DBAdapterInstance =>
  (options: BetterAuthOptions): DBAdapter => {
    const store = open(options);
    return {
      ...store,
      ...hashed(store),
      transaction: (work) => store.transaction((tx) => work({ ...tx, ...hashed(tx) })),
    };
  };

/** The calls that may carry a token, in both directions. */
function hashed(store: DBTransactionAdapter): DBTransactionAdapter {
  return {
    ...store,
    create: async (call) => {
      if (call.model !== SESSION) return await store.create(call);
      const token = tokenIn(call.data);
      return withToken(await store.create({ ...call, data: hashedRow(call.data) }), token);
    },
    findOne: async (call) => withToken(await store.findOne(hashedCall(call)), askedFor(call)),
    findMany: (call) => store.findMany(hashedCall(call)),
    count: (call) => store.count(hashedCall(call)),
    update: async (call) => withToken(await store.update(hashedCall(call)), askedFor(call)),
    updateMany: (call) => store.updateMany(hashedCall(call)),
    delete: (call) => store.delete(hashedCall(call)),
    deleteMany: (call) => store.deleteMany(hashedCall(call)),
    consumeOne: async (call) => withToken(await store.consumeOne(hashedCall(call)), askedFor(call)),
  };
}

interface Call {
  readonly model: string;
  readonly where?: Where[] | undefined;
}

function hashedCall<C extends Call>(call: C): C {
  if (call.model !== SESSION || call.where === undefined) return call;
  return { ...call, where: call.where.map(hashedCondition) };
}

const hashedCondition = (condition: Where): Where =>
  condition.field === 'token' ? { ...condition, value: hashedValue(condition.value) } : condition;

function hashedValue(value: Where['value']): Where['value'] {
  if (typeof value === 'string') return sha256(value);
  return Array.isArray(value) ? value.map((item) => sha256(String(item))) : value;
}

/** The one token that a call names; null when it names none. */
function askedFor({ model, where = [] }: Call): string | null {
  const value = where.find(({ field }) => field === 'token')?.value;
  return model === SESSION && typeof value === 'string' ? value : null;
}

const tokenIn = (row: Row): string | null => (typeof row['token'] === 'string' ? row['token'] : null);

const hashedRow = <R extends Row>(row: R): R => {
  const token = tokenIn(row);
  return token === null ? row : { ...row, token: sha256(token) };
};

/** The row with the token that the caller knows in the place of its hash. */
function withToken<R>(row: R, token: string | null): R {
  return row === null || token === null ? row : { ...row, token };
}
