import { expect, test } from 'vitest';
import { usableCpus } from './cpus.ts';

const files = (texts: Readonly<Record<string, string>>) => (file: string) => texts[file] ?? null;
const V1 = '/sys/fs/cgroup/cpu/cpu.cfs_';

test.each([
  ['no control groups', {}, 4],
  ['no quota', { '/sys/fs/cgroup/cpu.max': 'max 100000\n' }, 4],
  ['half a core', { '/sys/fs/cgroup/cpu.max': '50000 100000\n' }, 0.5],
  ['more than the machine has', { '/sys/fs/cgroup/cpu.max': '800000 100000\n' }, 4],
  ['half a core, version 1', { [`${V1}quota_us`]: '50000\n', [`${V1}period_us`]: '100000\n' }, 0.5],
  ['no quota, version 1', { [`${V1}quota_us`]: '-1\n', [`${V1}period_us`]: '100000\n' }, 4],
  ['what nobody can read', { '/sys/fs/cgroup/cpu.max': 'x' }, 4],
])('of four cores, with %s', (_name, texts, cpus) => {
  expect(usableCpus(4, files(texts))).toBe(cpus);
});
