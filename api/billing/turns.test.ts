import { describe, expect, it } from 'vitest';
import { createBillingTurns } from './turns.ts';

describe('messages of one program', () => {
  it('are taken one after the other, in order, and one that fails holds up none', async () => {
    const turns = createBillingTurns();
    const log: string[] = [];
    const run = (name: string, fails = false) =>
      turns.take('p', async () => {
        log.push(`${name} begins`);
        await Promise.resolve();
        log.push(`${name} ends`);
        if (fails) throw new Error('it failed');
      });
    const results = await Promise.allSettled([run('a'), run('b', true), run('c')]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('above 200 that wait are refused, until some were taken; another program goes on', async () => {
    const turns = createBillingTurns();
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const waiting = Array.from({ length: 200 }, () => turns.take('p', () => gate));
    await expect(turns.take('p', () => gate)).rejects.toMatchObject({ code: 'overloaded' });
    await expect(turns.take('q', async () => 'taken')).resolves.toBe('taken');
    release();
    await Promise.all(waiting);
    await expect(turns.take('p', async () => 'taken')).resolves.toBe('taken');
  });
});
