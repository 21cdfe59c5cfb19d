import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, inject, test } from 'vitest';
import { projectRoot } from '../prisma/root.ts';

/** A variable of the module, or a collection in it that somebody could fill. */
const STATE =
  /^(?:export )?(?:(?:let|var) |const \w+(?:: (?!Readonly)[^=]*)? = new (?:(?:Weak)?(?:Map|Set)|Array)\b)/m;

test('no module that the workflows of a worker share keeps state between them', () => {
  const code = readFileSync(inject('workflowBundle'), 'utf8');
  const modules = [...code.matchAll(/!\*{3} \.\/((?:workflows|domain)\/[\w/-]+\.ts) \*{3}!/g)].map(
    ([, name]) => name ?? '',
  );
  expect(modules).toContain('workflows/referrals/workflow.ts');
  const stateful = modules.filter((name) => STATE.test(readFileSync(path.join(projectRoot(), name), 'utf8')));
  expect(stateful).toEqual([]);
  expect(STATE.test('let last = 0;')).toBe(true);
  expect(STATE.test('const seen = new Map<string, number>();')).toBe(true);
});
