-- What waits for one member, for the pump to hand it over together.
CREATE INDEX events_member_pending ON events (workflow_id) WHERE state = 'pending' AND workflow_id LIKE 'member-%';
