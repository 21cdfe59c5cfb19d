import { createHash } from 'node:crypto';

/**
 * The Content-Security-Policy of a page: nothing is loaded and no script runs, but for its own style and what
 * `allowed` names, directive by directive. Nobody may frame the page.
 */
export function pagePolicy(style: string, allowed: Readonly<Record<string, string>>): string {
  const styleHash = createHash('sha256').update(style).digest('base64');
  const directives = {
    'default-src': "'none'",
    'style-src': `'sha256-${styleHash}'`,
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    ...allowed,
  };
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}
