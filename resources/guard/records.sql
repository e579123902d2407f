-- What holds for everybody, the owner of the tables too: the log continues its chain, what is
-- recorded stays, no source is opened before all have said yes who must, and whoever listens hears
-- that something changed.

CREATE TABLE IF NOT EXISTS log_head (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  number bigint NOT NULL,
  hash text NOT NULL,
  at timestamptz,
  turn bigint NOT NULL DEFAULT 0,
  turn_from bigint NOT NULL DEFAULT 0
);
INSERT INTO log_head (number, hash, at)
  SELECT coalesce(l.number, 0), coalesce(l.hash, repeat('0', 64)), l.at::timestamptz
    FROM (SELECT true) AS always LEFT JOIN (SELECT * FROM log ORDER BY number DESC LIMIT 1) AS l ON true
  ON CONFLICT (one) DO UPDATE SET number = excluded.number, hash = excluded.hash, at = excluded.at;

-- A rule that is broken is named by what stands in the message; programs know the names.
CREATE OR REPLACE FUNCTION refuse(p_rule text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '%', p_rule USING ERRCODE = 'SG100';
END $$;

-- An entry continues the log: the next number, the last hash, its own hash over the canonical bytes
-- (three netstrings: previous hash, number, line), a time that does not go back.
CREATE OR REPLACE FUNCTION continue_log() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
DECLARE
  written timestamptz := (replace(NEW.line, '\u0000', '\ufffd')::json ->> 'at')::timestamptz;
BEGIN
  UPDATE log_head h SET number = NEW.number, hash = NEW.hash, at = written,
      turn = txid_current(),
      turn_from = CASE WHEN h.turn = txid_current() THEN h.turn_from ELSE NEW.number END
   WHERE NEW.number = h.number + 1 AND NEW.previous = h.hash
     AND NEW.hash = encode(sha256(convert_to(format('64:%s,%s:%s,%s:%s,', NEW.previous,
           length(NEW.number::text), NEW.number, octet_length(NEW.line), NEW.line), 'UTF8')), 'hex')
     AND written >= coalesce(h.at, '-infinity');
  IF NOT FOUND THEN
    PERFORM refuse('log.not_a_continuation');
  END IF;
  IF (SELECT last_value & 4194303 FROM turn_taken) <> pg_backend_pid() THEN
    PERFORM mark_turn();
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION stay() RETURNS trigger
LANGUAGE plpgsql SET search_path = {{schema}}, pg_temp AS $$
BEGIN
  PERFORM refuse('workspace.insert_only');
  RETURN NULL;
END $$;

-- Whether everybody whose yes it takes has said it.
CREATE OR REPLACE FUNCTION is_granted(p_access_request text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
  SELECT EXISTS (SELECT FROM decisions
                  WHERE access_request = p_access_request AND granted AND number = approvers_needed)
$$;

-- A source is allowed and opened only after that.
CREATE OR REPLACE FUNCTION allows_what_is_granted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
BEGIN
  IF (NEW.allowed <> '' OR NEW.opened_at IS NOT NULL) AND NOT is_granted(NEW.access_request) THEN
    PERFORM refuse('access.not_granted');
  END IF;
  RETURN NEW;
END $$;

-- Anybody may listen, and anybody may send: there is only a number in it.
CREATE OR REPLACE FUNCTION tell() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_notify('{{channel}}', txid_current()::text);
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION channel() RETURNS text
LANGUAGE sql IMMUTABLE AS $$ SELECT '{{channel}}' $$;
