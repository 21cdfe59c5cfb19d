import { attempt } from './expression.ts';
import { childrenOf, type ExpressionNode, language, sourceOf } from './language.ts';

/** One value of each type that a property may have. */
const SAMPLES = [1, 'a', true] as const;
/** More properties in one part are not tried in all combinations, which grow threefold with each. */
const TRIED_TOGETHER_MAX = 3;
/** Longer parts are cut off in the message. */
const SHOWN_MAX = 100;

/** What the library calls an operator or a call on types that it does not have. Values may still differ. */
const TYPE_ERRORS: ReadonlySet<string> = new Set([
  'no_such_overload',
  'no_matching_overload',
  'invalid_logical_operand',
  'invalid_condition_type',
]);

/**
 * Why a condition that type-checks fails for every event all the same, in a sentence that names the part;
 * null: it may hold. Properties have any type for the checker, so it lets pass what none of their types can
 * do.
 */
export function whyNever(node: ExpressionNode): string | null {
  for (const child of childrenOf(node.args)) {
    const why = whyNever(child);
    if (why !== null) return why;
  }
  const why = whyPartNever(node);
  return why === null ? null : `\`${sourceOf(node).slice(0, SHOWN_MAX)}\` never works: ${why}`;
}

function whyPartNever(node: ExpressionNode): string | null {
  switch (node.op) {
    case 'value':
    case 'id':
    case 'list':
    case 'map':
      return null;
    case '.':
    case '[]':
      return whyAccessNever(node.args[0], node.op === '[]' ? node.args[1] : null);
    case '==':
      return whyEqualNever(...node.args) ?? whyEqualNever(node.args[1], node.args[0]) ?? whyTypesNever(node);
    default:
      return whyTypesNever(node);
  }
}

const WHAT_IT_IS = 'a property is a text, a number, or true or false';

function whyAccessNever(of: ExpressionNode, index: ExpressionNode | null): string | null {
  if (propertyOf(of) !== null) return `${WHAT_IT_IS}, and has no parts.`;
  if (index === null || !isProperties(of) || isName(index)) return null;
  return 'the name of a property is a text: write it in quotes.';
}

/** Whether an index may be a name; what a property names, only an event tells. */
function isName(index: ExpressionNode): boolean {
  if (propertiesIn(index).length > 0) return true;
  const name = attempt((): unknown => language.parse(sourceOf(index))(sampleContext([], 0)), 'condition');
  return !name.ok || typeof name.value === 'string';
}

function whyEqualNever(property: ExpressionNode, other: ExpressionNode): string | null {
  if (propertyOf(property) === null) return null;
  const isScalar =
    other.op !== 'list' && other.op !== 'map' && !(other.op === 'value' && isNoScalar(other.args));
  if (isScalar) return null;
  const source = sourceOf(property);
  return other.op === 'value' && other.args === null
    ? `${WHAT_IT_IS}, and never null: write \`!has(${source})\`.`
    : `${WHAT_IT_IS}${other.op === 'list' ? `: write \`${source} in […]\`.` : '.'}`;
}

const isNoScalar = (value: unknown): boolean => value === null || value instanceof Uint8Array;

/** Tries a part with properties of every type, and a part of literals alone once. */
function whyTypesNever(node: ExpressionNode): string | null {
  const names = [...new Set(propertiesIn(node))];
  if (names.length > TRIED_TOGETHER_MAX || (names.length === 0 && !isConstant(node))) return null;
  const run = language.parse(sourceOf(node));
  for (let nth = 0; nth < SAMPLES.length ** names.length; nth += 1) {
    try {
      run(sampleContext(names, nth));
      return null;
    } catch (error) {
      if (names.length > 0 && !TYPE_ERRORS.has(codeOf(error))) return null;
    }
  }
  if (names.length === 0) return 'it fails whatever the event is.';
  const whichever = names.length === 1 ? 'the property' : 'each property';
  return `it fails whether ${whichever} is a text, a number, or true or false.`;
}

/** The `nth` of all combinations of samples, beside facts of the types that they always have. */
function sampleContext(names: readonly string[], nth: number): Record<string, unknown> {
  const sampleOf = (at: number) => SAMPLES[Math.floor(nth / SAMPLES.length ** at) % SAMPLES.length];
  const properties = new Map(names.map((name, at) => [name, sampleOf(at)]));
  return {
    event: { type: 'a', value: 1n, unit: 'USD', ordinal: 1n, properties },
    referral: { referred_id: 'a', days_since_signup: 1n },
    referrer: { id: 'a', qualified_count: 1n },
  };
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

const isProperties = (node: ExpressionNode): boolean =>
  node.op === '.' &&
  node.args[1] === 'properties' &&
  node.args[0].op === 'id' &&
  node.args[0].args === 'event';

/** The name of the property that a node is; null: it is none, or one that only the event names. */
function propertyOf(node: ExpressionNode): string | null {
  if (node.op === '.' && isProperties(node.args[0])) return node.args[1];
  if (node.op !== '[]' || !isProperties(node.args[0])) return null;
  const [, index] = node.args;
  return index.op === 'value' && typeof index.args === 'string' ? index.args : null;
}

function propertiesIn(node: ExpressionNode): string[] {
  const name = propertyOf(node);
  return name === null ? childrenOf(node.args).flatMap(propertiesIn) : [name];
}

const isConstant = (node: ExpressionNode): boolean =>
  node.op !== 'id' && childrenOf(node.args).every(isConstant);
