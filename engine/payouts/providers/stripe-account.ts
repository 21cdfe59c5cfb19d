/** The connected account that a destination names, or null. */
export function accountOf(destination: unknown): string | null {
  if (destination === null || typeof destination !== 'object' || !('account' in destination)) return null;
  const { account } = destination;
  return typeof account === 'string' && /^acct_[A-Za-z0-9]{1,64}$/.test(account) ? account : null;
}
