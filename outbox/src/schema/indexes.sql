
CREATE UNIQUE INDEX talkable_outbox_dedup ON talkable_outbox (site, dedup) WHERE dedup IS NOT NULL;
CREATE INDEX talkable_outbox_due ON talkable_outbox (site, due, id) WHERE state = 'ready';
CREATE INDEX talkable_outbox_keyless ON talkable_outbox (site, due, id) WHERE state = 'ready' AND key IS NULL;
CREATE INDEX talkable_outbox_key ON talkable_outbox (site, key, id) WHERE blocks = 1;
CREATE INDEX talkable_outbox_lease ON talkable_outbox (lease) WHERE lease IS NOT NULL;
CREATE INDEX talkable_outbox_failed ON talkable_outbox (state, id) WHERE state IN ('dead', 'doubtful');
CREATE INDEX talkable_inbox_due ON talkable_inbox (due, id) WHERE state = 'ready';
