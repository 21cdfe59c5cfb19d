import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { OURS, read, root, service } from './support/compose.ts';

describe('the image', () => {
  const dockerfile = read('Dockerfile');

  test('is built in stages from a pinned Node that the package supports, and runs unprivileged', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+) AS (\w+)$/gm)].map(([, base, stage]) => [base, stage]);
    expect(bases.map(([, stage]) => stage)).toEqual(['build', 'packages', 'runtime']);
    expect(new Set(bases.map(([base]) => base)).size).toBe(1);
    expect(bases[0]?.[0]).toMatch(/^node:2[2-9]\.\d+\.\d+-/);
    expect(dockerfile).toMatch(/^USER node$/m);
    for (const name of OURS) expect(service(name).build?.target).toBe('runtime');
  });

  test('holds what its programs read, and every file that it copies from here exists', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = '']) =>
      sources.split(' '),
    );
    for (const source of copied) expect(existsSync(path.join(root, source)), source).toBe(true);
    for (const part of [
      'dist',
      'prisma/functions',
      'prisma/migrations',
      'prisma/schema.prisma',
      'docker/healthy.mjs',
      'package.json',
    ]) {
      expect(dockerfile).toContain(part);
    }
  });

  test('never takes in secrets, data or another machine’s packages', () => {
    const ignored = read('.dockerignore').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['.env', '.data', 'node_modules', 'dist', '.git']));
  });
});
