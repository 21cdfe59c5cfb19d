import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { useApi } from './harness.ts';
import { useRest } from './rest-harness.ts';

const api = useApi();
const rest = useRest(api);

/** Ids that an address could take for something else. */
const ODD = [
  'user_42',
  'a/b',
  '/members/a',
  'two words',
  'Zoë – 例え 😀',
  '..',
  '.',
  'ext_ann',
  'external',
  '%2F',
  'a+b&c=d;e?f#g',
  '/'.repeat(255),
  'ü'.repeat(255),
];

const inPath = (externalId: string) => `ext_${encodeURIComponent(externalId)}`;
const idOf = async (path: string) => (await rest.call('GET', path)).body.id;

describe('a member in a path', () => {
  it.each(ODD)('is found by `ext_` and the host’s own id, percent-encoded: %s', async (externalId) => {
    const { id } = await api.member(externalId);
    const named = inPath(externalId);
    expect(await idOf(`/members/${named}`)).toBe(id);
    expect(await idOf(`/members/external/${encodeURIComponent(externalId)}`)).toBe(
      /^\.\.?$/.test(externalId) ? undefined : id,
    );
    expect(await rest.call('GET', `/members/${named}/balances`)).toMatchObject({
      status: 200,
      body: { items: [] },
    });
    const set = await rest.call('PUT', `/badges/recipients/${named}`, { displayName: null });
    expect(set).toMatchObject({ status: 200, body: { memberId: id } });
    const links = await rest.call('GET', `/links?externalId=${encodeURIComponent(externalId)}`);
    expect(links.body.items).toMatchObject([{ memberId: id }]);
  });

  it('is the one who is meant, where a host’s id looks like another member’s id of ours', async () => {
    const ann = await api.member(randomUUID());
    const twin = await api.member(ann.id);
    expect(await idOf(`/members/${ann.id}`)).toBe(ann.id);
    expect(await idOf(`/members/${inPath(ann.id)}`)).toBe(twin.id);
    const links = async (query: string) => (await rest.call('GET', `/links?${query}`)).body.items;
    expect(await links(`memberId=${ann.id}`)).toMatchObject([{ memberId: ann.id }]);
    expect(await links(`externalId=${ann.id}`)).toMatchObject([{ memberId: twin.id }]);
  });

  it('is refused where it is neither, where nobody has the id, and where it is named again', async () => {
    const { id } = await api.member('bob');
    const input = { benefit: { kind: 'perk', label: 'A hat' }, note: 'A gift' };
    const grant = (path: string, more: object = {}) => rest.command(path, { ...input, ...more });
    const paths = ['user_42', 'ext_', `ext_${'x'.repeat(256)}`, 'ext_a%00b', 'EXT_bob', 'ext%3Abob'];
    for (const path of paths) {
      expect((await rest.call('GET', `/members/${path}/balances`)).body, path).toMatchObject({
        status: 400,
        code: 'input_invalid',
      });
    }
    const unknown = { status: 404, code: 'member_unknown' };
    expect((await rest.call('GET', '/members/ext_nobody/balances')).body).toMatchObject(unknown);
    expect((await grant('/members/ext_nobody/rewards')).body).toMatchObject(unknown);
    const named = [
      await grant('/members/ext_bob/rewards', { externalId: 'bob' }),
      await grant('/members/ext_bob/rewards', { memberId: id }),
      await grant(`/members/${id}/rewards`, { externalId: 'bob' }),
      await rest.call('GET', `/members/${id}/points?externalId=bob`),
    ];
    for (const { body } of named) {
      expect(body).toMatchObject({ status: 400, code: 'request_invalid' });
      expect(body.detail).toMatch(/^The address /);
    }
  });
});
