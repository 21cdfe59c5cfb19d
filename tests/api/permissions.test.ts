import { beforeAll, describe, expect, it } from 'vitest';
import { LISTED_PROCEDURES, permissionFor } from '../../api/auth/permission-for.ts';
import { appRouter } from '../../api/router.ts';
import { ROLES, scopesOf } from '../../domain/operators/roles.ts';
import { SCOPES, type Scope } from '../../domain/operators/scopes.ts';
import { useApi } from './harness.ts';
import { useUsers } from './users-harness.ts';

const api = useApi({ proxies: ['loopback'] });
const users = useUsers(api);
/** Two programs and a member of the first, with a token that may do all that a member may. */
let memberToken = '';
let foreign: { readonly programId: string; readonly key: string };

beforeAll(async () => {
  const { id } = await api.member('ann');
  const minted = await api.mutate('members.token', { id, redeem: true });
  memberToken = minted.data.token;
  foreign = await api.program();
});

/** Whether a procedure reads, by the name of which tRPC has it. */
const reads = (procedure: string) =>
  (appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>)[procedure]?._def
    .type === 'query';

/**
 * Asks for a procedure with the least that there is: a change without an `Idempotency-Key` goes no further
 * than the question who asks.
 */
async function answerOf(
  procedure: string,
  key: string | null,
  headers: Record<string, string> = {},
): Promise<string | undefined> {
  const input = permissionFor(procedure) === 'member' ? { programId: api.programId } : undefined;
  const options = { key, headers, idempotencyKey: null };
  const answer = await (reads(procedure)
    ? api.query(procedure, input, options)
    : api.mutate(procedure, input ?? {}, options));
  const named = /`([a-z]+(?::[a-z]+)?)`/.exec(answer.message)?.[1];
  if (answer.status !== 401 && answer.status !== 403) {
    return answer.code === 'program_missing' || answer.message === 'There is no such program.'
      ? answer.code
      : 'allowed';
  }
  return answer.code === 'scope_missing' && named !== undefined ? `lacks ${named}` : answer.code;
}

/** Tables in which asking alone leaves rows, since what anyone may ask for is counted. */
const COUNTED = ['user_attempts', 'user_verifications'];

const rowsButCounted = async () =>
  Object.fromEntries(Object.entries(await api.counts()).filter(([table]) => !COUNTED.includes(table)));

/** What every procedure answers to somebody, and what it should, by the line that it has in the table. */
async function compare(
  key: string | null,
  expected: (permission: string) => string,
  headers?: Record<string, string>,
): Promise<void> {
  const before = await rowsButCounted();
  const ask = async (name: string) => [name, await answerOf(name, key, headers)] as const;
  const answers = await Promise.all(LISTED_PROCEDURES.map(ask));
  const wanted = LISTED_PROCEDURES.map((name) => {
    const permission = permissionFor(name);
    return [name, ASKS_FOR_NO_KEY[permission] ?? expected(permission)] as const;
  });
  expect(Object.fromEntries(answers)).toEqual(Object.fromEntries(wanted));
  expect(await rowsButCounted()).toEqual(before);
}

/** What does not depend on keys: what anyone may do, and what only a session opens. */
const ASKS_FOR_NO_KEY: Readonly<Record<string, string>> = { anyone: 'allowed', user: 'unauthenticated' };

/** Who has no valid key, and what they are told. */
const STRANGERS: readonly (readonly [string, string, () => Promise<string | null>])[] = [
  ['nobody', 'unauthenticated', async () => null],
  ['a key of the wrong form', 'unauthenticated', async () => 'sk_live_short'],
  [
    'a key that was revoked',
    'key_revoked',
    async () => {
      const { id, token } = await api.key(SCOPES);
      await api.mutate('keys.revoke', { id });
      return token;
    },
  ],
  [
    'a key that has expired',
    'key_expired',
    async () => {
      const { id, token } = await api.key(SCOPES);
      await api.db.apiKey.update({ where: { id }, data: { expiresAt: new Date(0) } });
      return token;
    },
  ],
];

describe('every procedure answers as its line in the table of permissions says', () => {
  it.each(STRANGERS)('to %s: 401', async (_who, code, make) => {
    const key = await make();
    await compare(key, (permission) => (permission === 'member' ? 'unauthenticated' : code));
  });

  it('to a key that may only read: 403 with what is missing, but for what asks for `read`', async () => {
    const { token } = await api.key(['read']);
    await compare(token, (permission) => {
      if (permission === 'member') return 'unauthenticated';
      if (permission === 'platform' || permission === 'founder') return 'scope_missing';
      return permission === 'read' ? 'allowed' : `lacks ${permission}`;
    });
  });

  it('to each scope: it suffices alone, and all the others together do not', async () => {
    const before = await api.counts();
    const keys = new Map(
      await Promise.all(
        SCOPES.map(async (scope) => {
          const others = SCOPES.filter((other) => other !== scope);
          const made = await Promise.all([api.key([scope]), api.key(others)]);
          return [scope as string, made.map(({ token }) => token)] as const;
        }),
      ),
    );
    const answers = await Promise.all(
      LISTED_PROCEDURES.filter((name) => keys.has(permissionFor(name))).map(async (name) => {
        const [alone, others] = keys.get(permissionFor(name)) ?? [];
        return [name, await answerOf(name, alone ?? null), await answerOf(name, others ?? null)];
      }),
    );
    expect(answers.length).toBeGreaterThan(100);
    expect(answers).toEqual(answers.map(([name]) => [name, 'allowed', `lacks ${permissionFor(name ?? '')}`]));
    expect(await api.counts()).toEqual({
      ...before,
      api_keys: (before['api_keys'] ?? 0) + 2 * SCOPES.length,
    });
  });

  it('to a key of another program: as if this program did not exist', async () => {
    await compare(
      foreign.key,
      (permission) =>
        ({ member: 'unauthenticated', platform: 'scope_missing', founder: 'scope_missing' })[permission] ??
        'not_found',
      { 'x-program-id': api.programId },
    );
  });

  it('to a platform key: everything but what members do, in the program that it names', async () => {
    const inProgram = (permission: string) => (permission === 'member' ? 'unauthenticated' : 'allowed');
    await compare(api.platformKey, inProgram, { 'x-program-id': api.programId });
    await compare(
      api.platformKey,
      (permission) =>
        ({ member: 'unauthenticated', platform: 'allowed', founder: 'allowed' })[permission] ??
        'program_missing',
    );
  });

  it('to a member: what members do, and nothing else', async () => {
    await compare(memberToken, (permission) => (permission === 'member' ? 'allowed' : 'unauthenticated'));
  });

  it.each(ROLES)('to an operator who is %s: what the role may in that program', async (role) => {
    const browser = await users.operator(`${role}@example.com`, role);
    const headers = { ...browser.headers, 'x-program-id': api.programId };
    const answers = await Promise.all(
      ONE_OF_EACH.map(async (name) => [name, await answerOf(name, null, headers)] as const),
    );
    const may = (permission: string) => (scopesOf(role) as ReadonlySet<string>).has(permission);
    const wanted = ONE_OF_EACH.map((name) => {
      const permission = permissionFor(name);
      const refused = OTHERWISE[permission] ?? `lacks ${permission}`;
      return [name, may(permission) ? 'allowed' : refused] as const;
    });
    expect(Object.fromEntries(answers)).toEqual(Object.fromEntries(wanted));
  });

  it('to an owner: every procedure of the program', async () => {
    const browser = await users.operator('every@example.com', 'owner');
    const headers = { ...browser.headers, 'x-program-id': api.programId };
    const names = LISTED_PROCEDURES.filter((name) => scopesOf('owner').has(permissionFor(name) as Scope));
    const answers = await Promise.all(names.map((name) => answerOf(name, null, headers)));
    expect(new Set(answers)).toEqual(new Set(['allowed']));
  });
});

/**
 * The first procedure of each permission: that the others with it are answered alike, keys have shown. What
 * users do with their own accounts is for tests of its own.
 */
const ONE_OF_EACH = LISTED_PROCEDURES.filter((name, nth) => {
  const permission = permissionFor(name);
  const isFirst = LISTED_PROCEDURES.findIndex((other) => permissionFor(other) === permission) === nth;
  return isFirst && permission !== 'user' && permission !== 'anyone';
});

/** What an operator is told who asks for something that no role gives. */
const OTHERWISE: Readonly<Record<string, string>> = {
  platform: 'scope_missing',
  founder: 'scope_missing',
  member: 'member_barred',
};
