import { describe, expect, it, vi } from 'vitest';
import { createFairGate } from './fair-gate.ts';

const OPTIONS = { inside_max: 3, laneInside_max: 2, laneWaiting_max: 4, wait_ms: 60_000 };

/** Enters under a name, which is put into `log` once it is let in. */
function crowd(options = OPTIONS) {
  const gate = createFairGate(options);
  const log: string[] = [];
  const come = async (lane: string, name: string) => {
    const isIn = await gate.enter(lane);
    log.push(isIn ? name : `${name} turned away`);
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { gate, log, come, settle };
}

describe('a gate', () => {
  it('lets so many in at once, and of one lane fewer, so that another finds room', async () => {
    const { gate, log, come, settle } = crowd();
    for (const name of ['a1', 'a2', 'a3', 'a4']) void come('a', name);
    void come('b', 'b1');
    void come('b', 'b2');
    await settle();
    expect(log).toEqual(['a1', 'a2', 'b1']);
    gate.leave('b');
    await settle();
    expect(log).toEqual(['a1', 'a2', 'b1', 'b2']);
  });

  it('serves lanes in turns, whatever the crowd of one', async () => {
    const { gate, log, come, settle } = crowd({ ...OPTIONS, inside_max: 1 });
    for (const name of ['a1', 'a2', 'a3', 'a4']) void come('a', name);
    void come('b', 'b1');
    void come('c', 'c1');
    await settle();
    for (const lane of ['a', 'a', 'b', 'c', 'a', 'a']) {
      gate.leave(lane);
      await settle();
    }
    expect(log).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'a4']);
  });

  it('turns away who comes to a full lane at once, and another lane’s goes on', async () => {
    const { log, come, settle } = crowd();
    for (let at = 1; at <= 7; at += 1) void come('a', `a${at}`);
    void come('b', 'b1');
    await settle();
    expect(log).toEqual(['a1', 'a2', 'a7 turned away', 'b1']);
  });

  it('lets who goes ahead in before the others of their lane, not before another lane’s turn', async () => {
    const { gate, log, come, settle } = crowd({ ...OPTIONS, inside_max: 1, laneWaiting_max: 2 });
    const ahead = async (name: string) => {
      if (await gate.enter('a', { isAhead: true })) log.push(name);
    };
    for (const name of ['a1', 'a2', 'a3']) void come('a', name);
    // Beyond the number that may wait.
    for (const name of ['ahead 1', 'ahead 2']) void ahead(name);
    void come('b', 'b1');
    await settle();
    for (const lane of ['a', 'a', 'b', 'a', 'a']) {
      gate.leave(lane);
      await settle();
    }
    expect(log).toEqual(['a1', 'ahead 1', 'b1', 'ahead 2', 'a2', 'a3']);
  });

  it('tells at once whether there is room, without waiting', async () => {
    const { gate, come } = crowd({ ...OPTIONS, inside_max: 1 });
    expect([gate.tryEnter('a'), gate.tryEnter('a'), gate.tryEnter('b')]).toEqual([true, false, false]);
    void come('b', 'b1');
    gate.leave('a');
    expect(gate.tryEnter('a')).toBe(false);
  });

  it('turns away after a time of one’s own', async () => {
    const { gate } = crowd({ ...OPTIONS, inside_max: 1 });
    expect(gate.tryEnter('a')).toBe(true);
    expect(await gate.enter('a', { wait_ms: 1 })).toBe(false);
    gate.leave('a');
    expect(gate.tryEnter('a')).toBe(true);
  });

  it('turns away who waited long enough, keeps no trace of them, and lets in who comes later', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { gate, log, come, settle } = crowd({ ...OPTIONS, inside_max: 1 });
      void come('a', 'a1');
      void come('b', 'b1');
      vi.advanceTimersByTime(OPTIONS.wait_ms);
      await settle();
      gate.leave('a');
      void come('b', 'b2');
      await settle();
      expect(log).toEqual(['a1', 'b1 turned away', 'b2']);
      gate.leave('b');
      expect(vi.getTimerCount()).toBe(0);
      expect(() => gate.leave('b')).toThrow();
    } finally {
      vi.useRealTimers();
    }
  });
});
