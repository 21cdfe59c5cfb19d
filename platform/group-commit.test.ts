import { expect, it } from 'vitest';
import { createGroupCommit } from './group-commit.ts';

interface Setup {
  readonly batch_max?: number;
  readonly queue_max?: number;
  readonly concurrency?: number;
}

function setup({ batch_max = 100, queue_max = 1_000, concurrency = 1 }: Setup = {}) {
  const batches: number[][] = [];
  let fails = false;
  const flush = async (items: readonly number[]) => {
    batches.push([...items]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (fails) throw new Error('no');
    return items.map((item) => item * 10);
  };
  const group = createGroupCommit<number, number>({ flush, batch_max, queue_max, concurrency });
  const push = (item: number) =>
    new Promise<number>((resolve, reject) => {
      const accepted = group.push(item, (error, result) =>
        result === undefined ? reject(error) : resolve(result),
      );
      if (!accepted) reject(new Error('full'));
    });
  return {
    group,
    push,
    batches,
    fail: (on: boolean) => {
      fails = on;
    },
  };
}

it('what comes in one turn of the event loop is one batch, and each item gets its own result', async () => {
  const { push, batches } = setup();
  expect(await Promise.all([push(1), push(2), push(3)])).toEqual([10, 20, 30]);
  expect(batches).toEqual([[1, 2, 3]]);
});

it('what comes while a batch is under way makes the next one', async () => {
  const { push, batches } = setup();
  const first = push(1);
  await new Promise(setImmediate);
  await Promise.all([first, push(2), push(3)]);
  expect(batches).toEqual([[1], [2, 3]]);
});

it('no batch is larger than its limit, and nothing is left behind', async () => {
  const { push, batches, group } = setup({ batch_max: 2, concurrency: 2 });
  const all = [1, 2, 3, 4, 5].map(push);
  await group.idle();
  expect(batches.map(({ length }) => length)).toEqual([2, 2, 1]);
  expect(await Promise.all(all)).toEqual([10, 20, 30, 40, 50]);
});

it('a full queue refuses, and takes again once it has room', async () => {
  const { push } = setup({ queue_max: 1 });
  const first = push(1);
  await expect(push(2)).rejects.toThrow('full');
  await first;
  expect(await push(3)).toBe(30);
});

it('a batch that fails fails each of its items, and the next one is not affected', async () => {
  const { push, fail } = setup();
  fail(true);
  const failed = await Promise.allSettled([push(1), push(2)]);
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  fail(false);
  expect(await push(3)).toBe(30);
});

it('idle resolves at once when nothing waits', async () => {
  await setup().group.idle();
});
