import { withClient } from '../../prisma/connection.ts';

/** Every row of every table as text, by table: what a dump of the database holds. */
export function dumpOf(ownerUrl: string): Promise<ReadonlyMap<string, string>> {
  return withClient(ownerUrl, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class
       WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')`,
    );
    const dump = new Map<string, string>();
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM "${name}" t`);
      dump.set(name, rows.map(({ row }) => row).join('\n'));
    }
    return dump;
  });
}

/** The forms in which a word may hide: as it is, in any case, in base64 and in hexadecimal. */
function formsOf(word: string): string[] {
  const texts = [...new Set([word, word.toUpperCase(), word.toLowerCase()])];
  return texts.flatMap((text) => {
    const bytes = Buffer.from(text);
    // In base64 a word looks different at each of three places; the middle of each stays.
    const encoded = [0, 1, 2].map((shift) =>
      Buffer.concat([Buffer.alloc(shift), bytes])
        .toString('base64')
        .slice(shift === 0 ? 0 : 4, -4),
    );
    const isLong = bytes.length >= 9;
    return [text, bytes.toString('hex'), ...(isLong ? encoded : [])];
  });
}

/** Where words are found, as `place: word`. */
export function tracesOf(texts: ReadonlyMap<string, string>, words: readonly string[]): string[] {
  return words.flatMap((word) => {
    const forms = formsOf(word);
    return [...texts].flatMap(([place, text]) => {
      const lower = text.toLowerCase();
      const isFound = forms.some((form) => text.includes(form)) || lower.includes(word.toLowerCase());
      return isFound ? [`${place}: ${word}`] : [];
    });
  });
}
