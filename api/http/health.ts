import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import { projectRoot } from '../../prisma/root.ts';

/**
 * `/healthz`: the process answers. `/readyz`: the database does too, and has every migration. What
 * `journalTroubles` returns is told by `/readyz` and does not change its status, because a process whose
 * click journal is in trouble still serves.
 */
export function registerHealth(
  app: FastifyInstance,
  pool: pg.Pool,
  journalTroubles: () => readonly string[],
): void {
  const journal = () => {
    const clickJournal = journalTroubles();
    return clickJournal.length === 0 ? {} : { clickJournal };
  };
  const migrations = knownMigrations();
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (req, reply) => {
    try {
      const missing = await missingMigrations(pool, migrations);
      if (missing.length === 0) return { status: 'ready', ...journal() };
      return reply.code(503).send({ status: 'migrations_missing', missing, ...journal() });
    } catch (error) {
      req.log.warn({ reqId: req.id, err: error }, 'not ready');
      return reply.code(503).send({ status: 'database_unavailable', ...journal() });
    }
  });
}

/** The migrations that this build expects, by name. */
function knownMigrations(): string[] {
  const folder = path.join(projectRoot(), 'prisma', 'migrations');
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

async function missingMigrations(pool: pg.Pool, expected: readonly string[]): Promise<string[]> {
  const { rows } = await pool.query<{ migration_name: string }>(
    'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  );
  const applied = new Set(rows.map((row) => row.migration_name));
  return expected.filter((name) => !applied.has(name));
}
