/** What stands in place of an answer that named an erased member. */
export const ERASED_ANSWER = { isErased: true } as const;

export const isErasedAnswer = (response: unknown): boolean =>
  response !== null && typeof response === 'object' && 'isErased' in response && response.isErased === true;
