/**
 * A code as shops compare it that take `spring-1` for `SPRING-1`. Codes are printable ASCII, whose letters
 * have one lower case in every language.
 */
export const foldCode = (code: string): string => code.toLowerCase();

/**
 * The codes that are in no other way of writing before them in the list, nor known; each in its own writing.
 * `known` holds folded codes.
 */
export function withoutTwins(codes: readonly string[], known: ReadonlySet<string>): string[] {
  const seen = new Set(known);
  return codes.filter((code) => {
    const folded = foldCode(code);
    if (seen.has(folded)) return false;
    seen.add(folded);
    return true;
  });
}
