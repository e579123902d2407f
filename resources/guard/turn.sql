-- Units of work that write take turns, and who has hers is named.

CREATE TABLE IF NOT EXISTS logins (
  login name PRIMARY KEY,
  member text NOT NULL UNIQUE REFERENCES members (id)
);

-- Since when somebody has her turn (seconds), and in which process (the last 22 bits): a sequence is
-- seen by others before its transaction ends.
CREATE SEQUENCE IF NOT EXISTS turn_taken;
CREATE OR REPLACE FUNCTION mark_turn() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
BEGIN
  -- Who takes it again in the same transaction has had it since the first time.
  PERFORM setval('turn_taken', (extract(epoch FROM clock_timestamp())::bigint << 22) + pg_backend_pid())
     FROM turn_taken
    WHERE (last_value & 4194303) <> pg_backend_pid()
       OR (last_value >> 22) < extract(epoch FROM transaction_timestamp())::bigint;
END $$;

-- Who writes waits here for her turn: units of work that write come one after the other, and see
-- all that those before them wrote. Who does nothing with it loses it, unless she means to keep it.
DROP FUNCTION IF EXISTS take_turn();  -- it told less before
CREATE FUNCTION take_turn()
RETURNS TABLE (revision text, now timestamptz, number bigint, hash text, at timestamptz, id text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
BEGIN
  PERFORM set_config('idle_in_transaction_session_timeout', '30s', true);
  PERFORM 1 FROM log_head FOR UPDATE;
  PERFORM mark_turn();
  -- A transaction in which something is told, were it to nobody, cannot be prepared: a turn that no
  -- connection holds nobody could end.
  PERFORM pg_notify('{{channel}}_turn', '');
  RETURN QUERY SELECT v.version_num::text, clock_timestamp(), h.number, h.hash, h.at,
      (SELECT w.id FROM workspace w)
    FROM log_head h, alembic_version v;
END $$;

-- Who keeps others from writing at this moment. Any member can hold the turn for as long as her
-- transaction is open; so she is named, and can be cut off.
CREATE OR REPLACE FUNCTION turn_holder()
RETURNS TABLE (pid int, login name, who text, seconds int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
  SELECT a.pid, a.usename, coalesce(m.name, a.usename),
         extract(epoch FROM clock_timestamp())::int - (t.last_value >> 22)::int
    FROM turn_taken t
    JOIN pg_catalog.pg_stat_activity a ON a.pid = (t.last_value & 4194303)::int
    LEFT JOIN logins l ON l.login = a.usename
    LEFT JOIN members m ON m.id = l.member
   WHERE a.pid <> pg_backend_pid()
     AND EXISTS (SELECT FROM pg_catalog.pg_locks k
                  WHERE k.pid = a.pid AND k.relation = 'log_head'::regclass AND k.granted
                    AND k.database = (SELECT oid FROM pg_catalog.pg_database
                                       WHERE datname = current_database())
                    AND k.mode IN ('RowShareLock', 'RowExclusiveLock'))
$$;
