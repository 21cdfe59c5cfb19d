import { isNoticeKind, type NoticeKind, requiredOf, variablesOf } from '../../domain/notices/kinds.ts';
import type { NoticePolicy } from '../../domain/notices/policy.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import { invalid, type Problem } from '../../domain/problems.ts';
import { ok, type Result, refuse } from '../../domain/refusal.ts';
import { formatMessage, type Use, usesIn } from './message-format.ts';

/** The most problems in one message; the others show once these are fixed. */
const PROBLEMS_TOLD_MAX = 10;
const SAMPLES = { text: 'sample', number: 3, money: '12.50 USD' } as const;

/**
 * Checks a policy's own texts, beyond what `checkPolicy` checks. They must be ICU messages that use only
 * variables of their kind, use each in an allowed way, and include all that their kind requires. Returns the
 * policy, or refuses with `policy_invalid`; the message names the first ten problems and their places.
 */
export function checkTemplates(policy: Policy): Result<Policy> {
  const problems = templateProblems(policy.notices);
  if (problems.length === 0) return ok(policy);
  const sentences = problems.slice(0, PROBLEMS_TOLD_MAX).map((it) => `${it.at}: ${it.message}`);
  return refuse('policy_invalid', sentences.join(' '));
}

function templateProblems(notices: NoticePolicy | undefined): Problem[] {
  return Object.entries(notices?.templates ?? {}).flatMap(([kind, texts]) =>
    isNoticeKind(kind)
      ? Object.entries(texts).flatMap(([locale, { subject, text }]) => {
          const at = `notices.templates.${kind}.${locale}`;
          return [
            ...checkMessage(`${at}.subject`, { kind, locale, message: subject, required: [] }),
            ...checkMessage(`${at}.text`, { kind, locale, message: text, required: requiredOf(kind) }),
          ];
        })
      : [],
  );
}

interface Message {
  readonly kind: NoticeKind;
  readonly locale: string;
  readonly message: string;
  readonly required: readonly string[];
}

function checkMessage(at: string, { kind, locale, message, required }: Message): Problem[] {
  const variables = variablesOf(kind);
  try {
    const uses = usesIn(message, locale);
    const unfit = uses.some((use) => !fits(use, variables));
    const missing = required.filter((name) => !uses.some((use) => use.name === name));
    const problems = [
      ...(unfit
        ? [invalid(at, `may name ${described(variables)}, and counts and formats only what is a number.`)]
        : []),
      ...missing.map((name) => invalid(at, `must name {${name}}.`)),
    ];
    if (problems.length > 0) return problems;
    const samples = Object.entries(variables).map(([name, type]) => [name, SAMPLES[type]] as const);
    formatMessage(message, locale, Object.fromEntries(samples));
    return [];
  } catch {
    // The library's own message quotes the text.
    return [invalid(at, 'must be an ICU message.')];
  }
}

const described = (variables: Readonly<Record<string, string>>): string =>
  Object.keys(variables)
    .map((name) => `{${name}}`)
    .join(', ');

function fits({ name, as }: Use, variables: ReturnType<typeof variablesOf>): boolean {
  const type = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (type === undefined || as === 'date' || as === 'time') return false;
  if (as === 'number' || as === 'plural') return type === 'number';
  return as === 'plain' || type === 'text';
}
