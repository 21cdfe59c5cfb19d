import { access, mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { BADGE_CHOICES } from '../../domain/privacy/erasure.ts';

const line = z.strictObject({
  programId: z.uuid(),
  memberId: z.uuid(),
  eventId: z.uuid(),
  badges: z.enum(BADGE_CHOICES),
  at: z.iso.datetime(),
  /** Keyed hashes for the do-not-track list: the member may not be in the backup that is restored. */
  marks: z.array(z.strictObject({ kind: z.enum(['external_id', 'mailbox']), hash: z.string().max(64) })),
});

/** An erasure as the kept list has it: ids and keyed hashes, nothing of a person. */
export type ListedErasure = z.infer<typeof line>;

export const listedLine = (erasure: ListedErasure): string => `${JSON.stringify(erasure)}\n`;

/**
 * Puts an erasure on the kept list, a file that a restore of the database does not touch: it is on the disk
 * when this returns. One that stands there twice is replayed once.
 */
export async function listErasure(file: string, erasure: ListedErasure): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const handle = await open(file, 'a', 0o600);
  try {
    // A line of its own, even behind one that a killed process left half written.
    await handle.appendFile(`\n${listedLine(erasure)}`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Throws where there is no kept list: who replays one may have named another file, or lacks its disk. */
export async function requireList(file: string): Promise<void> {
  await access(file).catch((error: unknown) => {
    throw new Error(`there is no kept list ${file}`, { cause: error });
  });
}

/** The erasures of a kept list, the last of each member; none where there is no file. */
export async function readErasures(file: string): Promise<ListedErasure[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    // Where there is no such folder, nothing was listed either.
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return '';
    throw new Error(`the kept list ${file} cannot be read`, { cause: error });
  });
  const erasures = new Map<string, ListedErasure>();
  for (const [nth, one] of text.split('\n').entries()) {
    // A line that a killed process left half written was written again by the next.
    if (one.trim() === '' || !one.endsWith('}')) continue;
    const parsed = line.safeParse(readJson(one));
    if (!parsed.success) throw new Error(`line ${nth + 1} of ${file} is no erasure`);
    erasures.set(`${parsed.data.programId} ${parsed.data.memberId}`, parsed.data);
  }
  return [...erasures.values()];
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
