import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { startPostgres } from '../local/postgres.ts';
import { temporaryFolder } from '../local/temporary.ts';
import { onPath } from '../local/tool.ts';
import { environment } from '../platform/environment.ts';
import { freePort } from '../platform/ports.ts';
import { createDatabase } from '../prisma/client.ts';
import { migrate } from '../prisma/migrate.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts';
import { compose, OURS, read, root, service, services, text } from './support/compose.ts';

const ONE_SHOTS = ['migrate', 'temporal-schema', 'temporal-namespace'];
describe('the production shape', () => {
  test('has PostgreSQL, Temporal with its one-shots and Web UI, the migration, API and worker', () => {
    const names = [
      'api',
      'migrate',
      'postgres',
      'temporal',
      'temporal-namespace',
      'temporal-schema',
      'temporal-ui',
      'worker',
    ];
    expect(Object.keys(compose.services).sort()).toEqual(names);
    expect(text).not.toContain('auto-setup');
  });

  test.each(services)('%s runs an image of a pinned release', (_, { image }) => {
    expect(image).toMatch(/^[a-z0-9/-]+:\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
  });

  test.each(services)(
    '%s tells whether it is healthy, or ends and may be repeated',
    (name, { healthcheck, restart }) => {
      if (ONE_SHOTS.includes(name)) expect(restart).toMatch(/^on-failure/);
      else expect(healthcheck?.test[0]).toBe('CMD');
    },
  );

  test.each(services)(
    '%s waits for what it needs, and for nothing that does not exist',
    (_, { depends_on = {} }) => {
      for (const [needed, { condition }] of Object.entries(depends_on)) {
        const expected = ONE_SHOTS.includes(needed) ? 'service_completed_successfully' : 'service_healthy';
        expect(service(needed)).toBeDefined();
        expect(condition, needed).toBe(expected);
      }
    },
  );

  test('no service waits for itself, however far round', () => {
    const reach = (name: string, seen: readonly string[]): void => {
      expect(seen).not.toContain(name);
      for (const next of Object.keys(service(name).depends_on ?? {})) reach(next, [...seen, name]);
    };
    for (const [name] of services) reach(name, []);
  });

  test('every password and secret must be given: none has a value or a default here', () => {
    for (const [name, { environment: variables = {} }] of services) {
      for (const [variable, value] of Object.entries(variables)) {
        if (!/PASSWORD|PWD|SECRET/.test(variable)) continue;
        // The only secrets that there may be none of.
        if (variable === 'BADGE_SECRETS_OLD') {
          expect(value).toMatch(/^\$\{BADGE_SECRETS_OLD:-\}$/);
          continue;
        }
        expect(value, `${name}.${variable}`).toMatch(/^\$\{[A-Z_]+:\?[^}]+\}$/);
      }
    }
    expect(text).not.toMatch(/:\/\/[^@\s]+:[^@\s]+@/);
  });

  test('our processes get only variables that they know', () => {
    const known = [...Object.keys(environment.shape), 'PGPASSWORD'];
    for (const name of OURS) {
      expect(known).toEqual(expect.arrayContaining(Object.keys(service(name).environment ?? {})));
    }
  });

  test('only the migration holds the owner’s password, and it holds no other', () => {
    for (const [name, { environment: variables = {} }] of services) {
      const held = JSON.stringify(variables).includes('OWNER_DB_PASSWORD');
      expect(held, name).toBe(['migrate', 'postgres'].includes(name));
    }
  });

  test('the API and the worker scale: no fixed name, and no host port that two would share', () => {
    expect(text).not.toContain('container_name');
    expect(service('worker').ports).toBeUndefined();
    expect(service('api').ports?.join()).toMatch(/-\d+\}:3000$/);
  });

  test('data lies in named volumes, and what is mounted from here exists', () => {
    for (const [name, { volumes = [] }] of services) {
      for (const [source = ''] of volumes.map((volume) => volume.split(':'))) {
        const there = source.startsWith('./')
          ? existsSync(path.join(root, source))
          : source in compose.volumes;
        expect(there, `${name}: ${source}`).toBe(true);
      }
    }
  });

  test('what our containers run is a program of this repository', () => {
    for (const name of OURS) {
      const script = service(name).command?.find((word) => word.startsWith('dist/')) ?? '';
      const source = script
        .replace(/^dist\/services\/(.*)\.js$/, '$1/main.ts')
        .replace(/^dist\/(.*)\.js$/, '$1.ts');
      expect(existsSync(path.join(root, source)), script).toBe(true);
    }
    expect(text).toContain('dist/local/platform-key-cli.js');
    expect(existsSync(path.join(root, 'local', 'platform-key-cli.ts'))).toBe(true);
  });

  const client = spawnSync('docker', ['compose', 'version']).status === 0;
  test.skipIf(!client)('docker compose accepts it (skipped where there is no docker compose)', () => {
    const secrets = Object.fromEntries(
      [...text.matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name]) => [name, 'x'.repeat(32)]),
    );
    const env = { ...process.env, ...secrets, PUBLIC_URL: 'https://refer.example.org' };
    execFileSync(
      'docker',
      ['compose', '--file', path.join(root, 'docker-compose.yml'), 'config', '--quiet'],
      { env },
    );
  });
});

describe('what prepares the servers', () => {
  test('registers the search attributes that the workflows set', () => {
    const script = read('docker/temporal-setup.sh');
    const registered = [...script.matchAll(/--name (\w+) --type (\w+)/g)].map(([, name, type]) => [
      name,
      type?.toUpperCase(),
    ]);
    expect(registered.sort()).toEqual(SEARCH_ATTRIBUTES.map(({ name, type }) => [name, type]).sort());
  });

  test.each(['docker/postgres-init.sh', 'docker/temporal-setup.sh'])('%s is a valid shell script', (file) => {
    execFileSync('sh', ['-n', path.join(root, file)]);
  });

  test.skipIf(!onPath(['psql']))(
    'makes roles that migrate and run, with any password but a short one (skipped without psql)',
    async () => {
      const folder = temporaryFolder('referral-compose-');
      const port = await freePort();
      const password = 'superuser of the test';
      const server = await startPostgres({
        dataDir: path.join(folder, 'postgres'),
        port,
        password,
        ephemeral: true,
      });
      const passwords = {
        POSTGRES_PASSWORD: password,
        OWNER_DB_PASSWORD: "the owner's / @:word",
        APP_DB_PASSWORD: 'the "app" \\ pass word',
        TEMPORAL_DB_PASSWORD: 'temporal-temporal',
      };
      const env = {
        ...process.env,
        ...passwords,
        PGHOST: '127.0.0.1',
        PGPORT: String(port),
        PGPASSWORD: password,
      };
      const script = path.join(root, 'docker', 'postgres-init.sh');
      const url = (user: string, word: string) =>
        `postgresql://${user}:${encodeURIComponent(word)}@127.0.0.1:${port}/referral`;
      try {
        const short = spawnSync('sh', [script], {
          env: { ...env, APP_DB_PASSWORD: 'postgres' },
          encoding: 'utf8',
        });
        expect(short.status).toBe(1);
        expect(short.stderr).toContain('APP_DB_PASSWORD has fewer than 16 characters');
        execFileSync('sh', [script], { env, stdio: 'ignore' });
        expect(await migrate(url('referral_owner', passwords.OWNER_DB_PASSWORD))).not.toEqual([]);
        const db = createDatabase({ url: url('referral', passwords.APP_DB_PASSWORD), poolMax: 1 });
        expect(await db.program.count()).toBe(0);
        await db.$disconnect();
      } finally {
        await server.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
