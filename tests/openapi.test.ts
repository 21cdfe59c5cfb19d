import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type OpenApiDocument, openApiDocument } from '../api/rest/document.ts';
import { MEMBER_PREFIX, OPERATIONS } from '../api/rest/operations.ts';
import { appRouter } from '../api/router.ts';
import { breaksOf } from './support/openapi-breaks.ts';

const FILE = path.resolve(import.meta.dirname, '..', 'openapi.json');
const now = openApiDocument('http://localhost:3000');

/** What each kind of caller shows; undefined: what the document says for all. */
const SECURITY = {
  key: undefined,
  member: [{ memberToken: [] }, { session: [] }],
  user: [{ session: [] }],
  anyone: [],
};

describe('the document of the REST API', () => {
  it('breaks no client of the one on record', () => {
    const before = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as OpenApiDocument) : now;
    expect(breaksOf(before, now)).toEqual([]);
  });

  it('is on record as openapi.json (`npm test -- tests/openapi.test.ts -u` writes it)', async () => {
    await expect(`${JSON.stringify(now, null, 2)}\n`).toMatchFileSnapshot(FILE);
  });

  it('has every procedure', () => {
    const procedures = Object.keys(appRouter._def.procedures);
    const served = new Set(OPERATIONS.map(({ procedure }) => procedure));
    expect(procedures.filter((name) => !served.has(name))).toEqual([]);
  });

  it('shows every field of an input, in the path, in the address or in the body', () => {
    const event = now.paths['/events']?.['post'] as { requestBody?: { required: boolean } } | undefined;
    expect(event?.requestBody?.required).toBe(true);
    const bare = OPERATIONS.filter(({ method, input, pathFields, hostFields, path: address }) => {
      const fields = input instanceof z.ZodObject ? Object.keys(input.shape) : [];
      const inPath = [...pathFields, ...Object.values(hostFields)];
      const described = now.paths[address]?.[method.toLowerCase()] as {
        requestBody?: object;
        parameters: readonly { in: string; name: string }[];
      };
      const inAddress = described.parameters.map(({ name }) => name);
      return (
        described.requestBody === undefined &&
        fields.some((field) => !inPath.includes(field) && !inAddress.includes(field))
      );
    });
    expect(bare.map(({ id }) => id)).toEqual([]);
  });

  it('asks for a member token exactly where members do something, and for no program beside the path', () => {
    for (const { method, path: address, asker } of OPERATIONS) {
      const described = now.paths[address]?.[method.toLowerCase()] as {
        security?: object[];
        parameters: readonly { name: string }[];
        'x-codeSamples': readonly { source: string }[];
      };
      expect(described.security, address).toEqual(SECURITY[asker]);
      expect(described.parameters.some(({ name }) => name === 'X-Program-Id')).toBe(asker === 'key');
      expect(described['x-codeSamples'][0]?.source.includes('$MEMBER_TOKEN')).toBe(asker === 'member');
      expect(address.startsWith(MEMBER_PREFIX)).toBe(asker === 'member');
    }
  });

  it('names each operation once, by one method at one address', () => {
    const names = OPERATIONS.map(({ id }) => id);
    const addresses = OPERATIONS.map(({ method, path: address }) => `${method} ${address}`);
    expect(names).toEqual([...new Set(names)]);
    expect(addresses).toEqual([...new Set(addresses)]);
  });

  it('is valid OpenAPI 3.1, every reference in it resolves', async () => {
    const { valid, errors } = await new Validator().validate(
      structuredClone(now) as unknown as Record<string, unknown>,
    );
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
    const refs = [...JSON.stringify(now).matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)];
    const sections = now.components as unknown as Record<string, Record<string, unknown>>;
    expect(refs.filter(([, section = '', name = '']) => sections[section]?.[name] === undefined)).toEqual([]);
  });
});

describe('a change of the document breaks clients', () => {
  const changed = (edit: (text: string) => string) =>
    breaksOf(now, JSON.parse(edit(JSON.stringify(now))) as OpenApiDocument);

  it.each([
    ['when an operation is gone', '"/members/{id}":', '"/people/{id}":', 'GET /members/{id} is gone'],
    [
      'when an operation has another name',
      '"listMembers"',
      '"members"',
      'GET /members: its name was listMembers',
    ],
    [
      'when a parameter is gone',
      '"name":"cursor"',
      '"name":"from"',
      'GET /members: takes no cursor any more',
    ],
  ])('%s', (_, from, to, line) => {
    expect(changed((text) => text.replaceAll(from, to))).toContain(line);
  });

  it('when a field of an answer is gone or may be absent, and not when one is new', () => {
    const edit = (change: (member: { properties: Record<string, unknown>; required: string[] }) => void) =>
      changed((text) => {
        const document = JSON.parse(text);
        change(document.components.schemas.Member);
        return JSON.stringify(document);
      });
    expect(edit(({ properties }) => delete properties['email'])).toContain(
      'GET /members/{id}: it.email is gone',
    );
    expect(edit((it) => (it.required = it.required.filter((name) => name !== 'email')))).toContain(
      'GET /members/{id}: it.email may be absent',
    );
    expect(edit(({ properties }) => (properties['mood'] = { type: 'string' }))).toEqual([]);
  });
});
