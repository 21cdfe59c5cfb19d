import { type ASTNode, Environment, type ParseResult, serialize } from '@marcbachmann/cel-js';

/**
 * Functions and methods a condition may call. Regular expressions (`matches`), comprehensions (`all`, `map`,
 * …) and bindings are left out because their cost is not bounded by the length of the source.
 */
const CALLABLE: ReadonlySet<string> = new Set([
  'has',
  'size',
  'contains',
  'startsWith',
  'endsWith',
  'lowerAscii',
  'upperAscii',
  'trim',
  'int',
  'double',
  'string',
  'bool',
]);

/** A condition that was read: called with a context, it gives its value, or throws. */
export type Expression = ParseResult;

/** A part of what was read. */
export type ExpressionNode = ASTNode;

/** The source of a part: brackets that change nothing are left out. */
export const sourceOf: (node: ExpressionNode) => string = serialize;

/** A part of CEL, with the names that its expressions may use. */
export type CelLanguage = Environment;

const bounded = () =>
  new Environment({
    unlistedVariablesAreDyn: false,
    limits: { maxAstNodes: 400, maxDepth: 32, maxListElements: 100, maxMapEntries: 20, maxCallArguments: 4 },
  });

/** A whole number of CEL; the library has a class of its own for those without a sign. */
type Whole = bigint | { valueOf(): bigint };

const double = (number: Whole | number): number => Number(number.valueOf());

/** Arithmetic on doubles. `%` is the remainder, with the sign of the dividend, as of whole numbers. */
const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

/**
 * Lets whole numbers meet doubles, which CEL does not: a whole number then counts as the double of its value.
 * Numbers of JSON are doubles, and people write `seats * 10`.
 */
function mixNumbers(cel: CelLanguage): CelLanguage {
  for (const whole of ['int', 'uint']) {
    for (const [left, right] of [
      [whole, 'double'],
      ['double', whole],
    ] as const) {
      for (const [operator, run] of Object.entries(ARITHMETIC)) {
        cel.registerOperator(`${left} ${operator} ${right}: double`, (a: Whole, b: Whole) =>
          run(double(a), double(b)),
        );
      }
    }
    // Exact, whatever their sizes, as the library compares them by `<`. It derives `!=`, and the other order.
    // biome-ignore lint/suspicious/noDoubleEquals: a bigint never is a number, and may equal one
    cel.registerOperator(`${whole} == double`, (a: Whole, b: Whole) => a.valueOf() == b.valueOf());
  }
  return cel.registerOperator('double % double', (a: number, b: number) => a % b);
}

/** The part of CEL that conditions are written in. */
export const language: CelLanguage = mixNumbers(bounded())
  .registerVariable({
    name: 'event',
    schema: { type: 'string', value: 'int', unit: 'string', ordinal: 'int', properties: 'map<string, dyn>' },
  })
  .registerVariable({ name: 'referral', schema: { referred_id: 'string', days_since_signup: 'int' } })
  .registerVariable({ name: 'referrer', schema: { id: 'string', qualified_count: 'int' } });

/** The same for the fields of events that are made of messages from outside. */
export const mappingLanguage: CelLanguage = bounded()
  .registerVariable('body', 'dyn')
  .registerVariable('id', 'string');

/**
 * The first call in the tree that is not on the list, or null. The depth of the tree is bounded by the
 * parser.
 */
export function forbiddenCall(node: ASTNode): string | null {
  if ((node.op === 'call' || node.op === 'rcall') && !CALLABLE.has(node.args[0])) return node.args[0];
  for (const child of childrenOf(node.args)) {
    const inner = forbiddenCall(child);
    if (inner !== null) return inner;
  }
  return null;
}

/** The nodes right below one, by its `args`. */
export function childrenOf(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(childrenOf);
  return isNode(args) ? [args] : [];
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}
