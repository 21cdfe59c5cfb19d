import type { Scope } from '../../domain/operators/scopes.ts';

/** What a procedure asks of its caller: a scope, a platform key, or a member's token. */
type Permission = Scope | 'platform' | 'member';

/**
 * Who may call which procedure. It is written here alone: the builders of procedures, the reference and the
 * tests read it. What a procedure shows or takes beyond that to some keys only, such as addresses of e-mail,
 * it asks `allows` for.
 */
const PERMISSIONS = {
  'programs.create': 'platform',
  'programs.get': 'read',
  'programs.createTest': 'programs:write',
  'programs.update': 'programs:write',
  'programs.schedule': 'programs:write',
  'programs.start': 'programs:write',
  'programs.pause': 'programs:write',
  'programs.resume': 'programs:write',
  'programs.end': 'programs:write',

  'policies.publish': 'policies:write',
  'policies.get': 'policies:read',
  'policies.list': 'policies:read',
  'policies.builtin': 'read',

  'members.upsert': 'members:write',
  'members.setDisplayName': 'members:write',
  'members.get': 'read',
  'members.token': 'tokens:write',
  'members.list': 'read',

  'links.create': 'links:write',
  'links.disable': 'links:write',
  'links.get': 'read',
  'links.list': 'read',

  'invitations.create': 'links:write',
  'invitations.get': 'read',

  'events.record': 'events:write',
  'events.recordBatch': 'events:write',
  'events.get': 'read',
  'events.list': 'read',
  'events.retry': 'referrals:review',

  'referrals.get': 'read',
  'referrals.list': 'read',
  'referrals.approve': 'referrals:review',
  'referrals.reject': 'referrals:review',
  'referrals.live': 'read',

  'rewards.get': 'read',
  'rewards.list': 'read',
  'rewards.revoke': 'referrals:review',

  'badges.define': 'badges:write',
  'badges.achievements': 'read',
  'badges.get': 'read',
  'badges.list': 'read',
  'badges.issue': 'badges:write',
  'badges.setRecipient': 'members:write',
  'badges.keys': 'read',
  'badges.rotateKey': 'keys:write',

  'points.get': 'read',
  'points.history': 'read',
  'points.progress': 'read',
  'points.adjust': 'points:write',

  'balances.get': 'read',
  'balances.budget': 'read',

  'redemptions.request': 'redemptions:write',
  'redemptions.get': 'read',
  'redemptions.list': 'read',
  'redemptions.approve': 'redemptions:approve',
  'redemptions.reject': 'redemptions:approve',
  'redemptions.resolve': 'redemptions:approve',

  'catalogue.create': 'catalogue:write',
  'catalogue.update': 'catalogue:write',
  'catalogue.setActive': 'catalogue:write',
  'catalogue.addStock': 'catalogue:write',
  'catalogue.get': 'read',
  'catalogue.list': 'read',
  'catalogue.stock': 'read',
  'catalogue.addCoupons': 'catalogue:write',
  'catalogue.coupons': 'read',
  'catalogue.reveal': 'redemptions:write',

  'payouts.createBatch': 'payouts:write',
  'payouts.getBatch': 'read',
  'payouts.listBatches': 'read',
  'payouts.exportBatch': 'payouts:write',
  'payouts.importResults': 'redemptions:approve',
  'payouts.setEndpoint': 'payouts:write',
  'payouts.endpoint': 'read',
  'payouts.removeEndpoint': 'payouts:write',

  'billing.setStripe': 'billing:write',
  'billing.getStripe': 'read',
  'billing.catchUp': 'billing:write',
  'billing.setHttp': 'billing:write',
  'billing.getHttp': 'read',
  'billing.remove': 'billing:write',
  'billing.list': 'read',

  'leaderboards.create': 'programs:write',
  'leaderboards.backfill': 'programs:write',
  'leaderboards.list': 'read',
  'leaderboards.top': 'read',
  'leaderboards.around': 'read',
  'leaderboards.me': 'read',
  'leaderboards.createSeason': 'programs:write',
  'leaderboards.seasons': 'read',
  'leaderboards.standings': 'read',
  'leaderboards.schedule': 'read',
  'leaderboards.runNow': 'programs:write',

  'notices.inbox': 'read',
  'notices.markRead': 'members:write',
  'notices.preferences': 'read',
  'notices.setPreference': 'members:write',
  'notices.deliveries': 'read',
  'notices.resolve': 'notices:write',
  'notices.mailbox': 'emails:read',

  'surveys.list': 'read',
  'surveys.get': 'read',
  'surveys.link': 'members:write',
  'surveys.answer': 'members:write',
  'surveys.cancel': 'surveys:write',
  'surveys.results': 'read',
  'surveys.comments': 'read',
  'surveys.detractors': 'read',
  'surveys.handle': 'surveys:write',
  'surveys.improve': 'surveys:write',
  'surveys.linkAnswers': 'surveys:write',
  'surveys.improvements': 'read',

  'milestones.list': 'read',
  'milestones.progress': 'read',
  'milestones.awards': 'read',
  'milestones.dryRun': 'read',
  'milestones.sweep': 'programs:write',

  'explain.reward': 'read',
  'explain.referral': 'read',
  'explain.standing': 'read',
  'explain.milestone': 'read',
  'explain.points': 'read',
  'explain.event': 'read',

  'keys.create': 'keys:write',
  'keys.list': 'keys:write',
  'keys.rotate': 'keys:write',
  'keys.revoke': 'keys:write',
  'keys.platform': 'platform',
  'keys.revokePlatform': 'platform',

  'tokens.settings': 'tokens:configure',
  'tokens.configure': 'tokens:configure',
  'tokens.createSecret': 'tokens:configure',
  'tokens.secrets': 'tokens:configure',
  'tokens.revokeSecret': 'tokens:configure',

  'me.get': 'member',
  'me.links': 'member',
  'me.notices': 'member',
  'me.ranks': 'member',
  'me.surveys': 'member',
  'me.referrals': 'member',
  'me.rewards': 'member',
  'me.balances': 'member',
  'me.redemptions': 'member',
  'me.badges': 'member',
  'me.redeem': 'member',

  'webhooks.create': 'webhooks:write',
  'webhooks.get': 'read',
  'webhooks.list': 'read',
  'webhooks.update': 'webhooks:write',
  'webhooks.remove': 'webhooks:write',
  'webhooks.rotateSecret': 'webhooks:write',
  'webhooks.disable': 'webhooks:write',
  'webhooks.enable': 'webhooks:write',
  'webhooks.ping': 'webhooks:write',
  'webhooks.deliveries': 'read',
  'webhooks.delivery': 'read',
  'webhooks.replay': 'webhooks:write',
  'webhooks.replayRange': 'webhooks:write',
  'webhooks.types': 'read',

  'schedules.list': 'platform',
  'schedules.run': 'platform',
  'schedules.pause': 'platform',
  'schedules.resume': 'platform',

  'audit.list': 'audit:read',
  'audit.export': 'audit:read',
} as const satisfies Record<string, Permission>;

/** The same of the streams, which are no procedures. */
const STREAM_PERMISSIONS = {
  'feed.program': 'read',
  'feed.member': 'member',
} as const satisfies Record<string, Permission>;

/** The procedures that the table has. */
export type ListedProcedure = keyof typeof PERMISSIONS;

export const LISTED_PROCEDURES = Object.keys(PERMISSIONS) as readonly ListedProcedure[];

const byPath: ReadonlyMap<string, Permission> = new Map(
  Object.entries({ ...PERMISSIONS, ...STREAM_PERMISSIONS }),
);

/** What the procedure or stream at this path asks for. Throws when the table lacks it: nobody may call it. */
export function permissionFor(path: string): Permission {
  const permission = byPath.get(path);
  if (permission === undefined) throw new Error(`the table of permissions lacks ${path}`);
  return permission;
}

/** The scope that the procedure asks for; null: it asks for something else. */
export function scopeFor(path: string): Scope | null {
  const permission = permissionFor(path);
  return permission === 'platform' || permission === 'member' ? null : permission;
}
