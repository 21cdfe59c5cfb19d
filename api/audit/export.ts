import { audit } from '../../engine/audit/record.ts';
import { sha256 } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import { decodeNumber, encodeNumber, pageOf } from '../trpc/cursor.ts';
import { auditEntryView } from './view.ts';

/** Which part of a program's log, for whom, within which transaction. */
interface Export {
  readonly tx: Tx;
  readonly programId: string;
  readonly actor: string;
}

interface Part {
  readonly from: Date;
  readonly to: Date;
  readonly cursor: string | null;
  readonly limit: number;
}

/**
 * The entries of a time, the oldest first, as NDJSON: an entry a line, in the form of `audit.list`, with its
 * program. Records who took them, and the SHA-256 of the text, by which a copy can be checked later.
 */
export async function exportAudit({ tx, programId, actor }: Export, { from, to, cursor, limit }: Part) {
  const after = cursor === null ? 0n : decodeNumber(cursor);
  const rows = await tx.auditEntry.findMany({
    where: { programId, id: { gt: after }, at: { gte: from, lt: to } },
    orderBy: { id: 'asc' },
    take: limit + 1,
  });
  const page = pageOf(
    rows,
    limit,
    (row) => encodeNumber(row.id),
    (row) => `${JSON.stringify({ programId, ...auditEntryView(row) })}\n`,
  );
  const ndjson = page.items.join('');
  const hash = sha256(ndjson);
  const entries = page.items.length;
  const detail = {
    from: from.toISOString(),
    to: to.toISOString(),
    after: after.toString(),
    entries,
    sha256: hash,
  };
  await audit(tx, { programId, actor, action: 'audit.exported', subject: programId, detail });
  return { entries, ndjson: ndjson as string | null, sha256: hash, nextCursor: page.nextCursor };
}
