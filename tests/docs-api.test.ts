import { describe, expect, it } from 'vitest';
import { LISTED_PROCEDURES, permissionFor } from '../api/auth/permission-for.ts';
import { parseRecord } from '../api/events/input.ts';
import { CODE_MEANINGS } from '../api/http/code-meanings.ts';
import { API_CODES, REFUSAL_STATUS } from '../api/http/error-codes.ts';
import { appRouter } from '../api/router.ts';
import { ROLES, scopesOf } from '../domain/operators/roles.ts';
import { SCOPES } from '../domain/operators/scopes.ts';
import { REFUSAL_CODES } from '../domain/refusal.ts';
import { bare, DOCUMENTS, readText, rowsOf } from './support/documents.ts';

const WORDS: Readonly<Record<string, string>> = {
  platform: 'platform key',
  member: 'member token',
  user: 'session',
  founder: 'founder',
  anyone: 'nothing',
};

/** What a procedure asks for, as the documents say it. */
const wordsFor = (permission: string): string => WORDS[permission] ?? `\`${permission}\``;

describe('docs/API.md', () => {
  const procedures = Object.keys(appRouter._def.procedures);

  it('lists every procedure there is, and no other', () => {
    const listed = rowsOf('docs/API.md')
      .map(([name]) => bare(name))
      .filter((name) => /^[a-z]+\.[a-zA-Z]+$/.test(name));
    expect(listed.sort()).toEqual([...procedures].sort());
  });

  it('lists every code with its status and its meaning, and no other', () => {
    const listed = rowsOf('docs/API.md', 'Codes').map(([code, status]) => [bare(code), Number(status)]);
    expect(Object.fromEntries(listed)).toEqual({ ...API_CODES, ...REFUSAL_STATUS });
    expect(listed.map(([code]) => code)).toEqual(expect.arrayContaining([...REFUSAL_CODES]));
    const meanings = rowsOf('docs/API.md', 'Codes').map(([code, , meaning]) => [bare(code), meaning]);
    expect(Object.fromEntries(meanings)).toEqual(CODE_MEANINGS);
    expect(Object.values(CODE_MEANINGS).filter((meaning) => meaning.length < 10)).toEqual([]);
  });

  it('lists every metric of the engine, and no other', () => {
    const code = ['api/http/metrics.ts', 'api/redirect/journal-metrics.ts', 'worker/metrics.ts']
      .map(readText)
      .join('\n');
    const made = [...code.matchAll(/'(referral_[a-z_]+)'/g)].map((match) => match[1] ?? '');
    expect(
      rowsOf('docs/API.md', 'Metrics')
        .map(([name]) => bare(name))
        .sort(),
    ).toEqual(made.sort());
    const alerts = [...readText('docs/OPERATIONS.md').matchAll(/`(referral_[a-z_]+)/g)].map(
      (match) => match[1] ?? '',
    );
    expect(
      alerts.filter((name) => name !== 'referral_app' && name !== 'referral_owner' && !made.includes(name)),
    ).toEqual([]);
  });

  it('calls procedures that exist in every request that a document shows', () => {
    const called = DOCUMENTS.flatMap((file) =>
      [...readText(file).matchAll(/(?<!\bapi)\/trpc\/([a-z]+\.[a-zA-Z]+)/g)].map((match) => match[1] ?? ''),
    );
    expect(called.length).toBeGreaterThan(3);
    expect(called.filter((name) => !procedures.includes(name))).toEqual([]);
  });

  it('shows events that the engine takes as they are', () => {
    const shown = [...readText('README.md').matchAll(/events\.record [\s\S]*?-d '(\{.*\})'/g)].map((match) =>
      JSON.parse((match[1] ?? '').replace(/'\$CODE'/, '3cfunkb')),
    );
    expect(shown.length).toBeGreaterThan(2);
    expect(shown.map((event) => parseRecord(event).event.type)).toEqual(['signup', 'purchase', 'refund']);
  });
});

describe('docs/PERMISSIONS.md', () => {
  it('says of every procedure what it asks for, as docs/API.md does', () => {
    const expected = LISTED_PROCEDURES.map((name) => [name, wordsFor(permissionFor(name))]).sort();
    const rows = rowsOf('docs/PERMISSIONS.md', 'What each procedure asks for').flatMap(([what, names = '']) =>
      names.split(', ').map((name) => [bare(name), (what ?? '').replace(/^a /, '')]),
    );
    expect(rows.sort()).toEqual(expected);
    const listed = rowsOf('docs/API.md')
      .filter(([name]) => expected.some(([path]) => path === bare(name)))
      .map(([name, what]) => [bare(name), what]);
    expect(listed.sort()).toEqual(expected);
  });

  it('says of every scope which role has it', () => {
    const rows = rowsOf('docs/PERMISSIONS.md', 'Scopes and roles').map(([scope, , ...roles]) => [
      bare(scope),
      ...roles.map((cell) => cell === 'yes'),
    ]);
    const expected = SCOPES.map((scope) => [scope, ...ROLES.map((role) => scopesOf(role).has(scope))]);
    expect(rows).toEqual(expected);
  });
});
