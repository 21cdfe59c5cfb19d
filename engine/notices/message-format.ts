import { IntlMessageFormat } from 'intl-messageformat';

/** Messages kept parsed; there are few beyond the built-in ones. */
const KEPT_MAX = 1_000;
const formats = new Map<string, IntlMessageFormat>();

type Element = ReturnType<IntlMessageFormat['getAst']>[number];

/** What stands at a place in an ICU message, by the numbers that the library gives them. */
const USES = ['literal', 'plain', 'number', 'date', 'time', 'select', 'plural', 'pound', 'tag'] as const;

/** A variable, and how a message uses it. */
export interface Use {
  readonly name: string;
  readonly as: 'plain' | 'number' | 'date' | 'time' | 'select' | 'plural';
}

/**
 * An ICU message in a locale. Angle brackets are text, as they would be in a mail. Throws on a message that
 * cannot be parsed.
 */
function parse(message: string, locale: string): IntlMessageFormat {
  const name = `${locale} ${message}`;
  const cached = formats.get(name);
  if (cached !== undefined) return cached;
  const parsed = new IntlMessageFormat(message, locale, undefined, { ignoreTag: true });
  const oldest = formats.keys().next();
  if (formats.size >= KEPT_MAX && !oldest.done) formats.delete(oldest.value);
  formats.set(name, parsed);
  return parsed;
}

/** An ICU message with its variables filled in. Throws when one is missing. */
export function formatMessage(
  message: string,
  locale: string,
  values: Readonly<Record<string, string | number>>,
): string {
  return String(parse(message, locale).format(values));
}

/** Every use that an ICU message makes of a variable. Throws on a message that cannot be parsed. */
export function usesIn(message: string, locale: string): Use[] {
  return parse(message, locale).getAst().flatMap(usesOf);
}

function usesOf(element: Element): Use[] {
  const as = USES[element.type];
  if (as === undefined || as === 'literal' || as === 'pound' || as === 'tag') return [];
  const inner = 'options' in element ? Object.values(element.options).flatMap(({ value }) => value) : [];
  return [{ name: 'value' in element ? element.value : '', as }, ...inner.flatMap(usesOf)];
}
