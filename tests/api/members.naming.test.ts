import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { toJsonSchema } from '../../api/rest/json-schema.ts';
import { OPERATIONS, type Operation } from '../../api/rest/operations.ts';
import { membersNamedBy } from '../../api/trpc/which-member.ts';
import { newId } from '../../platform/ids.ts';
import { type Answer, useApi } from './harness.ts';
import { inputNaming, NAMINGS, type Naming, namingsOf, seedEverything } from './tenancy-harness.ts';

const isOfMember = ({ table }: Naming) => table === 'members' || table === 'referred';

/** What takes our id of a member and has no field of its own beside it for the host's, and why. */
const ALONE: Readonly<Record<string, string>> = {
  'members.merge by memberId': 'it is about that very account, and not about whom it leads to',
  'members.merge by intoMemberId': 'the operator has chosen between two accounts that they see',
  'rewards.refused by memberId': 'as with `rewards.list`',
  'rewards.list by memberId': 'the filters for members have `externalId`, and add up with `memberId`',
};

const nameOf = ({ operation, field }: Naming) => `${operation.procedure} by ${field}`;
const theirsOf = ({ operation, field }: Naming) =>
  membersNamedBy(operation.input).find(({ ours }) => ours === field)?.theirs;

describe('whatever takes our id of a member', () => {
  const asked = OPERATIONS.filter(({ asker }) => asker === 'key');
  const namings = asked.flatMap(namingsOf).filter(isOfMember);

  it('takes the host’s own id in its place', () => {
    expect(namings.length).toBeGreaterThan(30);
    const names = new Set(namings.filter((it) => theirsOf(it) === undefined).map(nameOf));
    expect([...names]).toEqual(Object.keys(ALONE));
  });

  it('is a field that this test knows, by whatever name and form', () => {
    const isNamedSo = (field: string) => /(?:member|referrer|referred)Ids?$/i.test(field);
    const fields = (operation: Operation) =>
      operation.input === null
        ? []
        : [...JSON.stringify(toJsonSchema(operation.input, 'input')).matchAll(/"(\w+)":\{/g)].flatMap(
            ([, field = '']) => (isNamedSo(field) ? [`${operation.procedure} by ${field}`] : []),
          );
    expect(new Set(asked.flatMap(fields))).toEqual(
      new Set(namings.filter(({ field }) => field !== 'id').map(nameOf)),
    );
  });

  it('takes it in a path of the REST API too', () => {
    const inPath = namings.filter(({ operation, field }) => operation.pathFields.includes(field));
    expect(inPath.length).toBeGreaterThan(20);
    expect(inPath.filter((it) => it.operation.hostFields[it.field] !== theirsOf(it)).map(nameOf)).toEqual([]);
  });
});

describe('a member who is named by an external id', () => {
  const api = useApi();
  const namings = NAMINGS.filter((it) => isOfMember(it) && theirsOf(it) !== undefined);
  let ours: Awaited<ReturnType<typeof seedEverything>>;
  let twin: typeof ours;

  beforeAll(async () => {
    [ours, twin] = [await seedEverything(api), await seedEverything(api)];
  });

  const said = ({ status, code, message, data }: Answer) => JSON.stringify({ status, code, message, data });
  const decided = ({ status, code }: Answer) => ({ status, code });
  const ask = (naming: Naming, input: object, { key }: typeof ours) =>
    (naming.operation.isChange ? api.mutate : api.query)(naming.operation.procedure, input, { key });

  const idIn = ({ ids }: typeof ours, { table }: Naming) => ids.get(table) ?? expect.fail(table);
  const byOurs = (naming: Naming, program: typeof ours, id = idIn(program, naming)) =>
    ask(naming, inputNaming(naming, id, program.ids), program);
  const byTheirs = (naming: Naming, program: typeof ours, externalId: string) => {
    const { [naming.field]: _, ...input } = { ...inputNaming(naming, newId(), program.ids) } as Record<
      string,
      unknown
    >;
    return ask(naming, { ...input, [theirsOf(naming) ?? '']: externalId }, program);
  };
  const names = async ({ programId }: typeof ours, id: string) => {
    const { externalId } = await api.db.member.findFirstOrThrow({ where: { programId, id } });
    const alias = `${randomUUID()}/ü #2`;
    await api.db.memberAlias.create({ data: { programId, memberId: id, externalId: alias } });
    return { externalId, alias };
  };

  it('reads what our id reads: by the id of their beginning, and by one given since', async () => {
    for (const naming of namings.filter(({ operation }) => !operation.isChange)) {
      const { externalId, alias } = await names(ours, idIn(ours, naming));
      const expected = said(await byOurs(naming, ours));
      expect(said(await byTheirs(naming, ours, externalId)), nameOf(naming)).toBe(expected);
      expect(said(await byTheirs(naming, ours, alias)), nameOf(naming)).toBe(expected);
    }
  });

  it('is answered as an unknown id where nobody has it, or only somebody in another program', async () => {
    const theirOwn = `theirs ${randomUUID()}`;
    await api.mutate('members.upsert', { externalId: theirOwn }, { key: twin.key });
    const { alias } = await names(twin, twin.ids.get('members') ?? '');
    const before = await api.counts();
    for (const naming of namings) {
      const absent = said(await byOurs(naming, ours, newId()));
      for (const externalId of [randomUUID(), theirOwn, alias]) {
        expect(said(await byTheirs(naming, ours, externalId)), nameOf(naming)).toBe(absent);
      }
    }
    expect(await api.counts()).toEqual(before);
  });

  it('is named once: by both ids or by none, the input is refused and nothing changes', async () => {
    const before = await api.counts();
    for (const naming of namings.filter(({ operation }) => operation.procedure !== 'members.get')) {
      const { field, operation } = naming;
      const theirs = theirsOf(naming) ?? '';
      const input = inputNaming(naming, idIn(ours, naming), ours.ids);
      const both = await ask(naming, { ...input, [theirs]: 'ann' }, ours);
      const issue = { path: field, message: `name the member by ${field} or by ${theirs}, not by both` };
      expect(decided(both), nameOf(naming)).toEqual({ status: 400, code: 'input_invalid' });
      expect(JSON.parse(both.text).error.data.issues, nameOf(naming)).toContainEqual(issue);
      const { [field]: _, ...rest } = { ...input } as Record<string, unknown>;
      const { isNeeded } = membersNamedBy(operation.input).find(({ ours }) => ours === field) ?? {};
      if (isNeeded !== true) continue;
      const none = await ask(naming, rest, ours);
      expect(decided(none), nameOf(naming)).toEqual({ status: 400, code: 'input_invalid' });
      const sentence = `name the member by ${field} or by ${theirs}`;
      expect(JSON.parse(none.text).error.data.issues).toContainEqual({ path: field, message: sentence });
    }
    expect(await api.counts()).toEqual(before);
  });

  it('is changed as by our id', async () => {
    const changes = namings.filter(({ operation }) => operation.isChange);
    expect(changes.length).toBeGreaterThan(15);
    for (const naming of changes) {
      const { alias } = await names(ours, idIn(ours, naming));
      const [named, expected] = [await byTheirs(naming, ours, alias), await byOurs(naming, twin)];
      expect(decided(named), nameOf(naming)).toEqual(decided(expected));
    }
  });
});
