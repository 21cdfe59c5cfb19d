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
