import type { CheckName } from './prove-claims.ts';

/** One entry as the cursor reads it, accounts together, versions rising. Bigints come as decimal strings. */
export interface EntryRow {
  readonly accountId: string;
  readonly kind: string;
  readonly version: string;
  readonly amount_minor: string;
  readonly balance_after_minor: string;
  readonly cached_minor: string | null;
  readonly cachedVersion: string | null;
}

export type Report = (check: CheckName, found: string) => void;

interface Running {
  readonly accountId: string;
  version: bigint;
  balance_minor: bigint;
  last: EntryRow;
}

/**
 * Recomputes every balance from its entries, holding one account at a time. `next` takes the rows in order,
 * `end` closes the last account. What does not agree goes to `report`.
 */
export function createFold(report: Report): { next(row: EntryRow): void; end(): void } {
  let running: Running | undefined;

  function close(): void {
    if (running === undefined) return;
    const { accountId, version, balance_minor, last } = running;
    if (last.cached_minor !== String(balance_minor) || last.cachedVersion !== String(version)) {
      const cached = `${last.cached_minor ?? 'no balance'} at version ${last.cachedVersion ?? 0}`;
      report(
        'consistent',
        `account ${accountId} has ${cached}, its entries make ${balance_minor} at ${version}`,
      );
    }
  }

  function next(row: EntryRow): void {
    if (running?.accountId !== row.accountId) {
      close();
      running = { accountId: row.accountId, version: 0n, balance_minor: 0n, last: row };
    }
    const version = BigInt(row.version);
    if (version !== running.version + 1n) {
      report('appendOnly', `account ${row.accountId} goes from version ${running.version} to ${version}`);
    }
    running.version = version;
    running.balance_minor += BigInt(row.amount_minor);
    running.last = row;
    if (row.balance_after_minor !== String(running.balance_minor)) {
      const step = `account ${row.accountId}, version ${version}`;
      report(
        'consistent',
        `${step}: on record ${row.balance_after_minor}, its entries make ${running.balance_minor}`,
      );
    }
    if (isOverdrawn(row.kind, running.balance_minor)) {
      report(
        'noOverdraft',
        `account ${row.accountId} (${row.kind}) came to ${running.balance_minor} at version ${version}`,
      );
    }
  }

  return { next, end: close };
}

/** The bounds that never change; a budget's floor does, and is compared with its present balance alone. */
function isOverdrawn(kind: string, balance_minor: bigint): boolean {
  if (kind === 'budget') return false;
  return kind === 'owed' ? balance_minor > 0n : balance_minor < 0n;
}
