import { type ProgramStatus, statusAt } from '../../domain/programs/program.ts';
import { timesOf } from '../../engine/programs/life.ts';
import type { Database } from '../../prisma/client.ts';
import { CachedLookup } from './cached-lookup.ts';

/** How long another process may still act on a program's earlier settings. */
export const PROGRAM_TTL_MS = 2_000;
const PROGRAMS_MAX = 10_000;

/** What a request needs to know of its program. */
export interface ProgramFacts {
  readonly id: string;
  readonly status: ProgramStatus;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly allowedHosts: readonly string[];
  readonly defaultDestination: string;
}

export type Programs = CachedLookup<ProgramFacts>;

export function createPrograms(db: Database, now: () => number): Programs {
  const load = (id: string) =>
    db.program.findUnique({
      where: { id },
      select: {
        id: true,
        status: true,
        startsAt: true,
        endsAt: true,
        allowedHosts: true,
        defaultDestination: true,
      },
    });
  return new CachedLookup<ProgramFacts>(load, now, PROGRAM_TTL_MS, PROGRAMS_MAX);
}

/** The status that a program has now: its times count to the millisecond, whatever is written down yet. */
export const statusNow = (
  program: Pick<ProgramFacts, 'status' | 'startsAt' | 'endsAt'>,
  now_ms: number,
): ProgramStatus => statusAt(timesOf(program), now_ms);
