-- No entry about what did not happen: what there must be for each action is in
-- app/storage/guard/entries.py, and an action that is not there is refused.

CREATE OR REPLACE FUNCTION has_role(p_roles text[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
  SELECT EXISTS (SELECT FROM members WHERE id = me() AND roles::jsonb ?| p_roles)
$$;

CREATE OR REPLACE FUNCTION happened() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
DECLARE
  facts json := replace(NEW.line, '\u0000', '\ufffd')::json;
  about text := facts ->> 'object';
  told json := facts -> 'details';
  since timestamptz := transaction_timestamp();
  own xid := pg_current_xact_id()::xid;
  is_so boolean;
BEGIN
  CASE NEW.action
{{branches}}
    ELSE is_so := false;
  END CASE;
  IF is_so IS NOT TRUE OR (NEW.action IN ({{once}}) AND EXISTS (
       SELECT FROM log l, log_head h
        WHERE h.turn = txid_current() AND l.number >= h.turn_from AND l.number <> NEW.number
          AND l.action = NEW.action AND l.request = NEW.request
          AND replace(l.line, '\u0000', '\ufffd')::json ->> 'object' = about)) THEN
    PERFORM refuse('log.never_happened');
  END IF;
  RETURN NULL;
END $$;

-- Where our owner may not end others' connections, it is the DBA who does.
CREATE OR REPLACE FUNCTION end_turn() RETURNS TABLE (login name, seconds int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
#variable_conflict use_column
DECLARE
  holder record;
BEGIN
  IF NOT has_role(ARRAY['administrator']) THEN
    PERFORM refuse('workspace.not_you');
  END IF;
  FOR holder IN SELECT * FROM turn_holder() h WHERE h.seconds >= 5 LOOP
    BEGIN
      PERFORM pg_terminate_backend(holder.pid, 5000);
    EXCEPTION WHEN insufficient_privilege THEN
      PERFORM refuse('workspace.turn_not_ours');
    END;
    RETURN QUERY SELECT holder.login, holder.seconds;
  END LOOP;
END $$;
