/** The address of `path`, which begins with a slash, below a base that may end with one. */
export const below = (base: string, path: string): string => `${base.replace(/\/+$/, '')}${path}`;
