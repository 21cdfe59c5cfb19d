/**
 * The text of every payload of a history in JSON, a line each. JSON keeps payloads in base64, so a word is
 * looked for here: the history's own text would hide it, and holds others by chance.
 */
export function payloadsOf(history: string): string {
  const texts: string[] = [];
  JSON.parse(history, (key, value) => {
    if (key === 'data' && typeof value === 'string') {
      texts.push(Buffer.from(value, 'base64').toString('utf8'));
    }
    return value;
  });
  return texts.join('\n');
}
