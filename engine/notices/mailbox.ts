import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { newId, UUID_PATTERN } from '../../platform/ids.ts';
import type { MailFrom } from '../../platform/sender.ts';
import type { OutgoingEmail } from './compose.ts';
import type { Mailer } from './mailer.ts';

/** E-mails shown at once; older ones stay in their files. */
const SHOWN_MAX = 200;

/** An e-mail as the local mailbox keeps it. */
export interface CapturedEmail {
  readonly programId: string | null;
  readonly noticeId: string;
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The whole message, as a server would have got it. */
  readonly raw: string;
}

/** The folder of e-mails about accounts, beside those of the programs. */
const ACCOUNTS = 'accounts';

const folderOf = (dataDir: string): string => path.join(dataDir, 'mailbox');

/** Keeps e-mails in files below DATA_DIR instead of sending them: one a notice, for people who develop. */
export function createMailboxMailer(dataDir: string, from: MailFrom): Mailer {
  return {
    from,
    async send(email, begin) {
      if (!(await begin())) return { result: 'deferred', reason: 'withdrawn' };
      await keep(folderOf(dataDir), email);
      return { result: 'sent' };
    },
  };
}

async function keep(folder: string, { raw, ...email }: OutgoingEmail): Promise<void> {
  const captured: CapturedEmail = { ...email, at: new Date().toISOString(), raw: raw.toString('utf8') };
  const own = path.join(folder, email.programId ?? ACCOUNTS);
  await mkdir(own, { recursive: true });
  const file = path.join(own, `${email.noticeId}.json`);
  // A reader never sees half of a file.
  const draft = `${file}.${newId()}.tmp`;
  await writeFile(draft, JSON.stringify(captured), { mode: 0o600 });
  await rename(draft, file);
}

/** Deletes captured e-mails of a program, by their notices. What is not there is no matter. */
export async function forgetEmails(
  dataDir: string,
  programId: string,
  noticeIds: readonly string[],
): Promise<void> {
  const own = path.join(folderOf(dataDir), programId);
  await Promise.all(noticeIds.map((id) => rm(path.join(own, `${id}.json`), { force: true })));
}

/** The captured e-mails of one program, or of all and about accounts, the newest first. */
export async function readMailbox(dataDir: string, programId?: string): Promise<CapturedEmail[]> {
  const folder = folderOf(dataDir);
  const programs = programId === undefined ? await namesIn(folder) : [programId];
  const files = await Promise.all(
    programs
      .filter((name) => name === ACCOUNTS || UUID_PATTERN.test(name))
      .map(async (name) =>
        (await namesIn(path.join(folder, name))).map((file) => path.join(folder, name, file)),
      ),
  );
  const emails = await Promise.all(
    files
      .flat()
      .filter((file) => file.endsWith('.json'))
      .map(async (file) => JSON.parse(await readFile(file, 'utf8')) as CapturedEmail),
  );
  return emails.sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, SHOWN_MAX);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
