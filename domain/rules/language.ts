import { type ASTNode, Environment, type ParseResult } from '@marcbachmann/cel-js';

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

/** A part of CEL, with the names that its expressions may use. */
export type CelLanguage = Environment;

const bounded = () =>
  new Environment({
    unlistedVariablesAreDyn: false,
    limits: { maxAstNodes: 400, maxDepth: 32, maxListElements: 100, maxMapEntries: 20, maxCallArguments: 4 },
  });

/** The part of CEL that conditions are written in. */
export const language: CelLanguage = bounded()
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

function childrenOf(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(childrenOf);
  return isNode(args) ? [args] : [];
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}
