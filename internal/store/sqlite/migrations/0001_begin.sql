-- Times are nanoseconds since 1970 UTC, 0 where there is none. Bodies are JSON text.

-- Who works for a connection. The fence grows with each new owner; an empty owner is none.
CREATE TABLE leases (
    connection TEXT PRIMARY KEY,
    owner      TEXT NOT NULL,
    fence      INTEGER NOT NULL,
    until      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- refs and names are the JSON arrays that the tables below were filled from, so that a commit which
-- changes neither need not read them.
CREATE TABLE exchanges (
    n             INTEGER PRIMARY KEY,
    connection    TEXT NOT NULL,
    id            TEXT NOT NULL,
    version       INTEGER NOT NULL,
    stage         TEXT NOT NULL,
    instant       INTEGER NOT NULL,
    raised        INTEGER NOT NULL,
    created       INTEGER NOT NULL,
    updated       INTEGER NOT NULL,
    number        TEXT NOT NULL,
    return_number TEXT NOT NULL,
    refs          TEXT NOT NULL,
    names         TEXT NOT NULL,
    body          TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX exchanges_by_id ON exchanges (connection, id);
CREATE INDEX exchanges_by_stage ON exchanges (connection, stage, id);
CREATE INDEX exchanges_by_time ON exchanges (connection, created, id);
CREATE INDEX exchanges_raised ON exchanges (connection, id) WHERE raised = 1;

-- The names by which events find exchanges. A claim (shared = 0) is one exchange's alone.
CREATE TABLE refs (
    connection TEXT NOT NULL,
    name       TEXT NOT NULL,
    exchange   TEXT NOT NULL,
    shared     INTEGER NOT NULL,
    PRIMARY KEY (connection, name, exchange)
) STRICT, WITHOUT ROWID;

-- The names by which people find exchanges, beside their ids and refs.
CREATE TABLE names (
    connection TEXT NOT NULL,
    name       TEXT NOT NULL,
    exchange   TEXT NOT NULL,
    PRIMARY KEY (connection, name, exchange)
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
    n          INTEGER PRIMARY KEY,
    connection TEXT NOT NULL,
    exchange   TEXT NOT NULL,
    version    INTEGER NOT NULL,
    body       TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX journal_by_version ON journal (connection, exchange, version);

-- Events, effects and timers.
CREATE TABLE items (
    n          INTEGER PRIMARY KEY,
    connection TEXT NOT NULL,
    id         TEXT NOT NULL,
    version    INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    state      TEXT NOT NULL,
    received   INTEGER NOT NULL,
    due        INTEGER NOT NULL,
    attempt    INTEGER NOT NULL,
    size       INTEGER NOT NULL,
    gone       INTEGER NOT NULL,
    exchange   TEXT NOT NULL,
    ref        TEXT NOT NULL,
    source     TEXT NOT NULL,
    topic      TEXT NOT NULL,
    reason     TEXT NOT NULL,
    body       ANY
) STRICT;
CREATE UNIQUE INDEX items_by_id ON items (connection, id);
CREATE INDEX items_by_time ON items (connection, received, id);
CREATE INDEX items_to_do ON items (connection, kind, due, id) WHERE state = 'waiting';
CREATE INDEX items_of_exchange ON items (connection, exchange, id) WHERE exchange <> '';
CREATE INDEX items_aside ON items (connection, state, id) WHERE state <> 'waiting' AND state <> 'done' AND state <> 'ignored';
CREATE INDEX items_parked ON items (connection, ref) WHERE state = 'parked';
CREATE INDEX items_parked_until ON items (max(received, due)) WHERE state = 'parked';
CREATE INDEX items_ignored ON items (received) WHERE state = 'ignored';

-- Bodies as received: text where they are valid UTF-8. They stand in the order in which they came, and are swept so.
CREATE TABLE raws (
    item     INTEGER PRIMARY KEY REFERENCES items (n) ON DELETE CASCADE,
    received INTEGER NOT NULL,
    body     ANY NOT NULL
) STRICT;

-- What was kept under which key. Digests are the first 16 bytes of a SHA-256, and so are keys, unless they end in
-- a number: then that of what comes before, how many digits there are, and the number in 8 bytes. Under a key
-- stands the first body that came with it; a later one that differs stands under the key and its digest together.
CREATE TABLE dedupe (
    connection TEXT NOT NULL,
    key        BLOB NOT NULL,
    digest     BLOB NOT NULL,
    item       TEXT NOT NULL,
    received   INTEGER NOT NULL,
    PRIMARY KEY (connection, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX dedupe_by_time ON dedupe (received);

CREATE TABLE docs (
    connection TEXT NOT NULL,
    bucket     TEXT NOT NULL,
    key        TEXT NOT NULL,
    version    INTEGER NOT NULL,
    body       ANY NOT NULL,
    PRIMARY KEY (connection, bucket, key)
) STRICT, WITHOUT ROWID;

-- One row, rewritten to see whether a commit works.
CREATE TABLE trial (
    n    INTEGER PRIMARY KEY CHECK (n = 1),
    runs INTEGER NOT NULL
) STRICT;
INSERT INTO trial VALUES (1, 0);

-- For people with the sqlite3 tool.
CREATE VIEW exchanges_view AS
SELECT id, connection, stage, number, return_number,
       json_extract(body, '$.facts.order.status.text') AS order_status,
       json_extract(body, '$.facts.return_order.status.text') AS return_status,
       iif(instant, 'instant', 'regular') AS kind,
       (SELECT group_concat(json_extract(value, '$.code'), ', ') FROM json_each(body, '$.raised')) AS raised,
       version,
       strftime('%Y-%m-%dT%H:%M:%fZ', created / 1e9, 'unixepoch') AS created,
       strftime('%Y-%m-%dT%H:%M:%fZ', updated / 1e9, 'unixepoch') AS updated
FROM exchanges;

CREATE VIEW events_view AS
SELECT id, connection, source, topic,
       strftime('%Y-%m-%dT%H:%M:%fZ', received / 1e9, 'unixepoch') AS received,
       state, exchange, ref AS parked_on, reason, attempt, size AS bytes, body
FROM items
WHERE kind = 'event';
