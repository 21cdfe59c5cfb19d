/** An operator's words about a member, which the member's workflow carries out. */
export const MEMBER_COMMANDS = [
  'member.blocked',
  'member.unblocked',
  'member.renamed',
  'member.erased',
  'member.merged',
] as const;
export type MemberCommand = (typeof MEMBER_COMMANDS)[number];

export const isMemberCommand = (type: string): type is MemberCommand =>
  MEMBER_COMMANDS.some((command) => command === type);
