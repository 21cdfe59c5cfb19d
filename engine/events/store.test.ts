import { describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { seedProgram, takeKey } from '../../tests/support/seed.ts';
import { type CommandRow, storeCommands } from './store.ts';

const database = useDatabase();

const commandOf = (programId: string, key: string): CommandRow => ({
  programId,
  id: newId(),
  key,
  type: 'reward.cancel',
  workflowId: 'referral-none',
  payload: {},
  occurredAt: new Date(),
});

const storedIds = async (programId: string) =>
  (await database.db.event.findMany({ where: { programId }, select: { id: true } })).map(({ id }) => id);

describe('a command', () => {
  it('whose key comes again is stored once, alone, in one batch, and by many at once', async () => {
    const programId = await seedProgram(database.db);
    const first = commandOf(programId, 'once');
    expect(await storeCommands(database.db, [first, commandOf(programId, 'once')])).toBe(1);
    expect(await storeCommands(database.db, [commandOf(programId, 'once')])).toBe(0);
    expect(await storedIds(programId)).toEqual([first.id]);
    const many = Array.from({ length: 8 }, () =>
      storeCommands(database.db, [commandOf(programId, 'by many')]),
    );
    expect((await Promise.all(many)).sort()).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
  });

  it('has the key of another program’s command without being in its way', async () => {
    const [one, other] = [await seedProgram(database.db), await seedProgram(database.db)];
    expect(await storeCommands(database.db, [commandOf(one, 'shared'), commandOf(other, 'shared')])).toBe(2);
  });
});

describe('the database', () => {
  const event = (programId: string, id: string, key: string) =>
    database.db.event.create({
      data: { programId, id, key, requestHash: key, type: 'purchase', payload: {}, occurredAt: new Date() },
    });

  it('takes no event that came without its key', async () => {
    const programId = await seedProgram(database.db);
    await expect(event(programId, newId(), 'bare')).rejects.toMatchObject({ code: 'P2002' });
    expect(await storedIds(programId)).toEqual([]);
  });

  it('takes no event under the key of another, whose month may be gone', async () => {
    const programId = await seedProgram(database.db);
    await takeKey(database.db, { programId, key: 'taken', id: newId() });
    await expect(event(programId, newId(), 'taken')).rejects.toMatchObject({ code: 'P2002' });
    expect(await storedIds(programId)).toEqual([]);
  });
});
