-- What goes first of a program's events: 0 is what somebody waits for, which are commands of people
-- (COMMAND_TYPES of engine/events/commands.ts) and events whose sender waits for the decision; 1 is bulk,
-- which hosts report and the engine hands itself. The index events_turns is built on this function, so a
-- migration that changes its answers makes the index anew.
--
-- Takes: the event's type, and whether its sender waits.
-- Returns: 0 or 1. Not a boolean: the planner takes those apart and then misses the index.
CREATE OR REPLACE FUNCTION event_rank(p_type text, p_awaited boolean) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN p_awaited OR p_type IN (
    'invitation.issued', 'review.approved', 'review.rejected', 'redemption.requested', 'redemption.approved',
    'redemption.rejected', 'redemption.cancelled', 'redemption.paid', 'redemption.failed', 'survey.answered',
    'survey.cancelled', 'referral.cancelled', 'referral.attributed', 'referral.moved', 'reward.given',
    'reward.granted_again', 'reward.held', 'reward.released', 'reward.taken_back', 'member.blocked',
    'member.unblocked', 'member.renamed', 'member.erased', 'member.merged')
    THEN 0 ELSE 1 END
$$;
