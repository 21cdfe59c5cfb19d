import { isRecord, moneyField } from '../messages/field.ts';
import { MESSAGES, type Message } from '../messages.ts';
import { formatMoney } from '../money.ts';

/** Slack reads these as marks of its own (https://docs.slack.dev/messaging/formatting-message-text). */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function words(value: unknown): string {
  if (value === null) return 'none';
  if (Array.isArray(value)) return value.map(words).join('; ');
  if (moneyField.fits(value)) return formatMoney({ minor: BigInt(value.minor), unit: value.unit });
  if (!isRecord(value)) return String(value);
  return Object.entries(value)
    .map(([name, field]) => `${name} ${words(field)}`)
    .join(', ');
}

/** A message as a body for an incoming webhook of Slack: what happened in words, then its fields. */
export function slackText({ type, payload }: Message): { readonly text: string } {
  const fields = Object.entries(payload).map(([name, value]) => `• ${name}: ${escaped(words(value))}`);
  return { text: [`*${type}* ${escaped(MESSAGES[type].says)}`, ...fields].join('\n') };
}
