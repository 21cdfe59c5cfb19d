-- What waits for the same subject: woken by a decision, and claimed together with whatever of it is due.
CREATE INDEX events_unsent ON events (program_id, subject) WHERE state IN ('pending', 'waiting');
DROP INDEX events_waiting;

-- A member's signup is looked for with each action until they have a referral, among however many actions.
CREATE INDEX events_signups ON events (program_id, subject, seq) WHERE type = 'signup';
