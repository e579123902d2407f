-- Who somebody is, and what follows from it: actors and times cannot be made up, what is done is on
-- record in the same transaction, and the groups of a login are what the member's roles say.

-- Asked at every write: PL/pgSQL keeps its plans, a function in SQL would be planned at each call.
CREATE OR REPLACE FUNCTION me() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
BEGIN
  RETURN (SELECT l.member FROM logins l JOIN members m ON m.id = l.member
           WHERE l.login = session_user AND m.left_at IS NULL);
END $$;

-- Of this transaction: neither before it began nor after this moment. A clock that was set back goes
-- on from the last entry of the log.
CREATE OR REPLACE FUNCTION is_this_moment(p_at timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
BEGIN
  RETURN (SELECT (p_at = h.at AND h.at > clock_timestamp())
              OR p_at BETWEEN greatest(transaction_timestamp(), clock_timestamp() - interval '5 minutes')
                          AND clock_timestamp()
            FROM log_head h);
END $$;

-- The columns named hold who did it. With "?" one may be empty, with "!" every change of the row is
-- by whoever makes it.
CREATE OR REPLACE FUNCTION is_by() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
DECLARE
  written jsonb := to_jsonb(NEW);
  before jsonb := CASE WHEN TG_OP = 'UPDATE' THEN to_jsonb(OLD) END;
  argument text;
  name text;
BEGIN
  FOREACH argument IN ARRAY TG_ARGV LOOP
    name := rtrim(argument, '?!');
    CONTINUE WHEN TG_OP = 'UPDATE' AND argument NOT LIKE '%!'
      AND written ->> name IS NOT DISTINCT FROM before ->> name;
    CONTINUE WHEN TG_OP = 'INSERT' AND argument LIKE '%?' AND coalesce(written ->> name, '') = '';
    IF written ->> name IS DISTINCT FROM me() THEN
      PERFORM refuse('workspace.not_you');
    END IF;
  END LOOP;
  RETURN NEW;
END $$;

-- The columns named hold when it was done.
CREATE OR REPLACE FUNCTION is_now() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
DECLARE
  written jsonb := to_jsonb(NEW);
  before jsonb := CASE WHEN TG_OP = 'UPDATE' THEN to_jsonb(OLD) END;
  argument text;
  name text;
BEGIN
  FOREACH argument IN ARRAY TG_ARGV LOOP
    name := rtrim(argument, '?!');
    CONTINUE WHEN TG_OP = 'UPDATE' AND argument NOT LIKE '%!'
      AND written ->> name IS NOT DISTINCT FROM before ->> name;
    CONTINUE WHEN argument LIKE '%?' AND written ->> name IS NULL;
    IF is_this_moment((written ->> name)::timestamptz) IS NOT TRUE THEN
      PERFORM refuse('workspace.not_now');
    END IF;
  END LOOP;
  RETURN NEW;
END $$;

-- The columns named stay as they were written.
CREATE OR REPLACE FUNCTION keeps() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
DECLARE
  written jsonb := to_jsonb(NEW);
  before jsonb := to_jsonb(OLD);
  name text;
BEGIN
  FOREACH name IN ARRAY TG_ARGV LOOP
    IF written -> name IS DISTINCT FROM before -> name THEN
      PERFORM refuse('workspace.insert_only');
    END IF;
  END LOOP;
  RETURN NEW;
END $$;

-- What no program can read (app/storage/guard/readable.py says what that is).
CREATE OR REPLACE FUNCTION unreadable() RETURNS trigger
LANGUAGE plpgsql SET search_path = {{schema}}, pg_temp AS $$
BEGIN
  PERFORM refuse('workspace.unreadable');
  RETURN NULL;
END $$;

-- An entry says who wrote it and when, in lines that read in one way only and that every program can
-- read: no floats, no large numbers, no halves of characters, nothing large or deep. What the guard
-- was when it was installed, and what else the program does for the owner, no member says.
CREATE OR REPLACE FUNCTION logs_as_herself() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
DECLARE
  frame text := regexp_replace(NEW.line, '"([^"\\]|\\["\\bfnrt]|\\u00[01][0-9a-f])*"', '', 'g');
  keys text[];
  facts text[];  -- in the order of the keys
BEGIN
  IF octet_length(NEW.line) > 1000000 OR frame ~ '[^][{}:,0-9a-z-]|[0-9][a-z]|[0-9]{17}'
     OR length(frame) - length(translate(frame, '[{', '')) > 200 THEN
    PERFORM refuse('log.not_a_continuation');
  END IF;
  SELECT array_agg(key), array_agg(value) INTO keys, facts
    FROM json_each_text(replace(NEW.line, '\u0000', '\ufffd')::json);
  IF (keys = ARRAY['action', 'actor', 'at', 'details', 'object', 'request']
      AND translate(facts[3], '0123456789', '9999999999') = '9999-99-99T99:99:99.999999Z'
      AND strpos(NEW.line, '"at":"' || facts[3] || '"') > 0) IS NOT TRUE THEN
    PERFORM refuse('log.not_a_continuation');
  END IF;
  IF (facts[2] IS DISTINCT FROM me()
      OR facts[1] IN ('guard.installed', 'workspace.upgraded', 'workspace.moved',
                      'login.replaced'))
     AND NOT (facts[2] = 'sandglass' AND pg_has_role(session_user, '{{owner}}', 'MEMBER'))
  THEN
    PERFORM refuse('workspace.not_you');
  END IF;
  IF is_this_moment(facts[3]::timestamptz) IS NOT TRUE THEN
    PERFORM refuse('workspace.not_now');
  END IF;
  RETURN NEW;
END $$;

-- Whether this transaction wrote an entry with one of these actions about something.
CREATE OR REPLACE FUNCTION wrote(p_about text, p_object text, p_actions text[]) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM log l, log_head h
     WHERE h.turn = txid_current() AND l.number >= h.turn_from AND l.action = ANY (p_actions)
       AND p_object = CASE p_about WHEN 'request' THEN l.request
         ELSE replace(l.line, '\u0000', '\ufffd')::json ->> 'object' END);
END $$;

-- No change without its entry: column with the object, whether that is the entry's object or its
-- request, actions. Without a column it is about the workspace itself.
CREATE OR REPLACE FUNCTION is_recorded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
DECLARE
  about text;
BEGIN
  IF TG_ARGV[0] = 'pulled' THEN  -- of a chunk, which is large
    about := request_of(NEW.pulled);
  ELSIF TG_ARGV[0] = 'mark' THEN
    about := (SELECT request FROM marks WHERE id = NEW.mark);
  ELSIF TG_ARGV[0] = '' THEN
    about := '';
  ELSE
    about := CASE TG_OP WHEN 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END ->> TG_ARGV[0];
  END IF;
  IF NOT wrote(TG_ARGV[1], about, TG_ARGV[2:]) THEN
    PERFORM refuse('workspace.not_recorded');
  END IF;
  RETURN NULL;
END $$;

-- A window opens in time, for no longer than anybody granted, and not once that was taken back.
CREATE OR REPLACE FUNCTION opens_in_time() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
BEGIN
  IF NOT is_granted(NEW.access_request)
     OR EXISTS (SELECT FROM decisions
                 WHERE access_request = NEW.access_request
                   AND (granted AND NEW.opened_at <= start_by
                        AND NEW.deadline <= NEW.opened_at + make_interval(mins => minutes))
                       IS NOT TRUE)
     OR EXISTS (SELECT FROM withdrawals WHERE access_request = NEW.access_request)
     OR EXISTS (SELECT FROM revocations WHERE access_request = NEW.access_request) THEN
    PERFORM refuse('access.not_granted');
  END IF;
  IF EXISTS (SELECT FROM access_requests WHERE id = NEW.access_request
                AND scope_hash <> scope_hash_now(scope)) THEN
    PERFORM refuse('access.other_map');
  END IF;
  RETURN NEW;
END $$;

-- Whether an access request may still lead to reading, or does.
CREATE OR REPLACE FUNCTION is_alive(p_access_request text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM access_requests a LEFT JOIN windows w ON w.access_request = a.id
     WHERE a.id = p_access_request
       AND NOT EXISTS (SELECT FROM withdrawals WHERE access_request = a.id)
       AND NOT EXISTS (SELECT FROM revocations WHERE access_request = a.id)
       AND NOT EXISTS (SELECT FROM decisions WHERE access_request = a.id AND NOT granted)
       AND CASE WHEN w.session IS NOT NULL THEN w.deadline > clock_timestamp()
                  AND NOT EXISTS (SELECT FROM window_ends WHERE session = w.session)
                WHEN is_granted(a.id) THEN clock_timestamp() <=
                  (SELECT min(start_by) FROM decisions WHERE access_request = a.id)
                ELSE clock_timestamp() < a.not_after END)
$$;

-- Who was searched for when access was asked is who is searched for.
CREATE OR REPLACE FUNCTION stays_while_asked() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
DECLARE
  changed jsonb := CASE TG_OP WHEN 'INSERT' THEN '[]' ELSE jsonb_build_array(OLD.request) END
    || CASE TG_OP WHEN 'DELETE' THEN '[]' ELSE jsonb_build_array(NEW.request) END;
BEGIN
  IF EXISTS (SELECT FROM access_requests WHERE changed ? request AND is_alive(id)) THEN
    PERFORM refuse('request.access_asked');
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

-- A source that was opened stays on record as open until its access is over: who revokes closes it.
CREATE OR REPLACE FUNCTION stays_open() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
BEGIN
  IF (OLD.allowed <> '' AND (NEW.allowed, NEW.allowed_mac) <> (OLD.allowed, OLD.allowed_mac))
     OR (OLD.opened_at IS NOT NULL AND NEW.opened_at IS NULL)
     OR (OLD.closed_at IS NOT NULL AND NEW.closed_at IS NULL) THEN
    PERFORM refuse('workspace.insert_only');
  END IF;
  IF OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL AND is_alive(NEW.access_request)
     AND NOT holds_secret(NEW.source, 'gatekeeper') THEN
    PERFORM refuse('access.still_open');
  END IF;
  RETURN NEW;
END $$;

-- Dates of a request are counted anew when something happened to it, or to the calendar.
CREATE OR REPLACE FUNCTION counts_anew() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
BEGIN
  IF NOT wrote('object', '', ARRAY['calendar.changed']) AND NOT wrote('request', NEW.id, ARRAY[
       'request.changed', 'request.reopened', 'clock.paused', 'clock.resumed', 'clock.extended',
       'identity.verified', 'identity.not_verified', 'request.recorded']) THEN
    PERFORM refuse('workspace.not_recorded');
  END IF;
  RETURN NULL;
END $$;

-- What was read is complete only for who read it, while she could; what was cut short stays so.
CREATE OR REPLACE FUNCTION goes_on() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
BEGIN
  IF OLD.state = 'incomplete' OR (NEW.state <> 'incomplete' AND NOT (
       OLD.state = 'running' AND is_my_window(OLD.session)
       AND NOT EXISTS (SELECT FROM window_ends WHERE session = OLD.session))) THEN
    PERFORM refuse('workspace.insert_only');
  END IF;
  RETURN NEW;
END $$;

-- Numbers are given out one after the other.
CREATE OR REPLACE FUNCTION counts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
DECLARE
  before bigint := CASE WHEN TG_OP = 'UPDATE' THEN OLD.last ELSE 0 END;
BEGIN
  IF NEW.last IS DISTINCT FROM before + 1 THEN
    PERFORM refuse('workspace.insert_only');
  END IF;
  RETURN NEW;
END $$;

-- What has a number has one that was given out: who wrote the next one in advance would keep all
-- others from theirs. A counter of years is called after the year in the number, too.
CREATE OR REPLACE FUNCTION is_counted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
DECLARE
  called text[] := regexp_match(to_jsonb(NEW) ->> TG_ARGV[0], '^[A-Z]+-(?:([0-9]{4})-)?([0-9]+)$');
BEGIN
  IF called[2]::numeric > coalesce((
       SELECT max(last) FROM counters
        WHERE name = ANY (ARRAY(SELECT concat_ws(' ', each, called[1]) FROM unnest(TG_ARGV[1:]) each))),
       0) THEN
    PERFORM refuse('workspace.insert_only');
  END IF;
  RETURN NEW;
END $$;

-- Nobody changes her own roles, and who has left does not come back as if nothing had been.
CREATE OR REPLACE FUNCTION stays_who_she_is() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
BEGIN
  IF OLD.id IS NOT DISTINCT FROM me() AND NEW.roles IS DISTINCT FROM OLD.roles THEN
    PERFORM refuse('member.own_roles');
  END IF;
  IF NEW.id <> OLD.id OR OLD.left_at IS NOT NULL THEN
    PERFORM refuse('workspace.insert_only');
  END IF;
  RETURN NEW;
END $$;

-- What a member is was certified: she shows her last certificates, which nobody took back unless she
-- left, and other roles came with others. Whether the authority issued them, whoever verifies sees.
-- No certificate of hers comes or goes but with that.
CREATE OR REPLACE FUNCTION is_certified() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
DECLARE
  whose text := to_jsonb(NEW) ->> CASE TG_TABLE_NAME WHEN 'members' THEN 'id' ELSE 'member' END;
  her members;
  latest certificates;
  counts boolean;
BEGIN
  SELECT * INTO her FROM members WHERE id = whose;
  SELECT * INTO latest FROM certificates WHERE member = whose ORDER BY number DESC LIMIT 1;
  counts := NOT EXISTS (SELECT FROM certificate_revocations
                         WHERE member = whose AND number = latest.number);
  IF (latest.signing = her.signing_certificate AND latest.encryption = her.encryption_certificate
      AND counts = (her.left_at IS NULL)) IS NOT TRUE THEN
    PERFORM refuse('member.not_certified');
  END IF;
  IF TG_TABLE_NAME = 'members' AND TG_OP = 'UPDATE' THEN
    IF NEW.roles <> OLD.roles AND NEW.signing_certificate = OLD.signing_certificate THEN
      PERFORM refuse('member.not_certified');
    END IF;
  END IF;
  RETURN NULL;
END $$;

-- Whether a login could pass the rules by: what it may do, or what it may become.
CREATE OR REPLACE FUNCTION is_mighty(p_login name) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM pg_catalog.pg_roles r, pg_catalog.pg_roles as_well
     WHERE r.rolname = p_login AND pg_has_role(r.oid, as_well.oid, 'MEMBER')
       AND (as_well.rolsuper OR as_well.rolcreaterole OR as_well.rolbypassrls
            OR as_well.rolreplication OR as_well.rolname IN (
              'pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files',
              'pg_read_all_data', 'pg_write_all_data')))
$$;

-- A login enters for one member. The first one, made with the workspace, enters for herself; others
-- are let in by administrators. A login that could make itself another would undo all rules.
CREATE OR REPLACE FUNCTION lets_in() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles
                  WHERE rolname = NEW.login AND NOT is_mighty(rolname)
                    AND NOT pg_has_role(rolname, '{{owner}}', 'MEMBER')) THEN
    PERFORM refuse('member.login_unfit');
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION belongs_to_groups() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
DECLARE
  whose text := CASE TG_TABLE_NAME WHEN 'logins' THEN to_jsonb(NEW) ->> 'member'
    ELSE to_jsonb(NEW) ->> 'id' END;
  her_login name;
  her_roles text[];
  role text;
BEGIN
  SELECT l.login, CASE WHEN m.left_at IS NULL
           THEN ARRAY(SELECT json_array_elements_text(m.roles::json)) ELSE '{}' END
    INTO her_login, her_roles
    FROM logins l JOIN members m ON m.id = l.member WHERE m.id = whose;
  IF her_login IS NULL THEN
    RETURN NULL;
  END IF;
  FOREACH role IN ARRAY ARRAY['officer', 'approver', 'administrator', 'auditor'] LOOP
    IF role = ANY (her_roles) THEN
      EXECUTE format('GRANT %I TO %I', '{{prefix}}_' || role, her_login);
    ELSIF EXISTS (SELECT FROM pg_catalog.pg_auth_members a
                   WHERE a.roleid = ('{{prefix}}_' || role)::regrole
                     AND a.member = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = her_login)) THEN
      EXECUTE format('REVOKE %I FROM %I', '{{prefix}}_' || role, her_login);
    END IF;
  END LOOP;
  IF her_roles <> '{}' THEN
    EXECUTE format('GRANT %I TO %I', '{{members}}', her_login);
  ELSE
    EXECUTE format('REVOKE %I FROM %I', '{{members}}', her_login);
  END IF;
  RETURN NULL;
END $$;

-- Whose the data of a request is: those to whom its key is sealed.
CREATE OR REPLACE FUNCTION holds_key(p_request text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
  SELECT EXISTS (SELECT FROM vault_keys WHERE request = p_request AND member = me())
$$;
CREATE OR REPLACE FUNCTION is_sealed(p_request text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
  SELECT EXISTS (SELECT FROM vault_keys WHERE request = p_request)
$$;
CREATE OR REPLACE FUNCTION handles_requests(p_member text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
  SELECT EXISTS (SELECT FROM members WHERE id = p_member AND left_at IS NULL
                    AND 'officer' = ANY (ARRAY(SELECT json_array_elements_text(roles::json))))
$$;
CREATE OR REPLACE FUNCTION owns(p_request text, p_member text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
  SELECT EXISTS (SELECT FROM requests WHERE id = p_request AND owner = p_member)
$$;
-- To whom a request's key is sealed, and from whom it is taken, is on record; a new request's maker
-- has it, what is destroyed is destroyed for all, and who handles requests no more loses hers.
CREATE OR REPLACE FUNCTION tells_of_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
DECLARE
  is_gone boolean := TG_OP = 'DELETE';
  changed jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
  for_all text[] := CASE WHEN TG_OP = 'DELETE' THEN ARRAY['data.destroyed']
    ELSE ARRAY['request.recorded', 'data.destroyed'] END;
BEGIN
  IF (is_gone AND NOT handles_requests(changed ->> 'member'))
     OR (TG_OP = 'UPDATE' AND wrote('object', changed ->> 'member', ARRAY['keys.replaced'])) THEN
    RETURN NULL;
  END IF;
  -- Taken from her, to be sealed anew to other keys of hers; in either way of writing bytes.
  IF NOT is_gone AND changed ->> 'sealed' IN ('\x', '') THEN
    PERFORM refuse('workspace.not_recorded');
  END IF;
  IF NOT wrote('request', changed ->> 'request', for_all) AND NOT EXISTS (
    SELECT FROM log l, log_head h
     WHERE h.turn = txid_current() AND l.number >= h.turn_from
       AND l.action = CASE WHEN is_gone THEN 'vault.unshared' ELSE 'vault.shared' END
       AND l.request = changed ->> 'request'
       AND replace(l.line, '\u0000', '\ufffd')::json -> 'details' ->> 'member'
             = changed ->> 'member') THEN
    PERFORM refuse('workspace.not_recorded');
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION request_of(p_pulled bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
  SELECT request FROM pulled WHERE id = p_pulled
$$;
CREATE OR REPLACE FUNCTION is_closed(p_request text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
  SELECT EXISTS (SELECT FROM requests WHERE id = p_request AND closed_at IS NOT NULL)
$$;
CREATE OR REPLACE FUNCTION is_my_window(p_session text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
  SELECT EXISTS (SELECT FROM windows WHERE session = p_session AND officer = me())
$$;
CREATE OR REPLACE FUNCTION holds_secret(p_source text, p_kind text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
  SELECT EXISTS (SELECT FROM airlock_secrets
                  WHERE source = p_source AND kind = p_kind AND member = me())
$$;
CREATE OR REPLACE FUNCTION has_left(p_member text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
  SELECT EXISTS (SELECT FROM members WHERE id = p_member AND left_at IS NOT NULL)
$$;

-- Replacing the secrets of an airlock: a new one is made, and vouched for, by those who hold the old
-- one; the airlock takes what was made, and only that; what it has taken is done with.
CREATE OR REPLACE FUNCTION plain_kind(p_kind text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN p_kind LIKE 'next:%' THEN substr(p_kind, 6) ELSE p_kind END
$$;
CREATE OR REPLACE FUNCTION made_for(p_source text, p_kind text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
  SELECT made FROM airlock_renewals WHERE source = p_source AND kind = plain_kind(p_kind)
$$;
CREATE OR REPLACE FUNCTION is_renewed(p_source text, p_kind text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
  SELECT coalesce(made_for(p_source, p_kind) = CASE plain_kind(p_kind)
           WHEN 'gatekeeper' THEN a.gatekeeper_verifier
           WHEN 'watchman' THEN a.watchman_verifier
           ELSE a.keys::json ->> plain_kind(p_kind) END, false)
    FROM airlocks a WHERE a.source = p_source
$$;
CREATE OR REPLACE FUNCTION may_seal(p_source text, p_kind text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
  SELECT holds_secret(p_source, p_kind)
      OR (p_kind LIKE 'next:%' AND holds_secret(p_source, plain_kind(p_kind))
          AND made_for(p_source, p_kind) = '')
$$;
CREATE OR REPLACE FUNCTION renews() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
DECLARE
  holds boolean := holds_secret(NEW.source, NEW.kind);
  may_vouch boolean := holds AND NEW.made <> '' AND EXISTS (
    SELECT FROM airlock_renewals WHERE source = NEW.source AND made <> ''
       AND kind = CASE NEW.kind WHEN 'officers' THEN 'approvers' WHEN 'approvers' THEN 'officers' END);
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF (NEW.made, NEW.mac, NEW.again) <> ('', '', false)
       OR NEW.kind NOT IN ('officers', 'approvers', 'gatekeeper', 'watchman') THEN
      PERFORM refuse('airlock.not_your_step');
    END IF;
  ELSIF (NEW.made, NEW.mac, NEW.again) = ('', '', false) THEN
    IF OLD.made <> '' AND NOT is_renewed(NEW.source, NEW.kind) THEN
      PERFORM refuse('airlock.not_your_step');
    END IF;
  ELSIF (NEW.made <> OLD.made AND NOT (OLD.made = '' AND holds))
     OR (NEW.mac <> OLD.mac AND NOT (OLD.mac = '' AND may_vouch))
     OR (OLD.again AND NOT NEW.again) THEN
    PERFORM refuse('airlock.not_your_step');
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION takes_a_step() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
DECLARE
  keys_as_made boolean := NOT EXISTS (
    SELECT FROM unnest(ARRAY['officers', 'approvers']) AS both_keys (kind)
      LEFT JOIN airlock_renewals r ON r.source = NEW.source AND r.kind = both_keys.kind AND r.mac <> ''
     WHERE r.made IS DISTINCT FROM NEW.keys::json ->> both_keys.kind);
  are_others_kept boolean := NEW.keys::jsonb - ARRAY['officers', 'approvers']
    = OLD.keys::jsonb - ARRAY['officers', 'approvers'];
BEGIN
  IF pg_has_role(session_user, '{{administrator}}', 'MEMBER') THEN
    RETURN NEW;
  END IF;
  IF (NEW.keys <> OLD.keys
      AND NOT (keys_as_made AND are_others_kept AND holds_secret(NEW.source, 'gatekeeper')))
     OR (NEW.gatekeeper_verifier <> OLD.gatekeeper_verifier
         AND NOT (NEW.gatekeeper_verifier = made_for(NEW.source, 'gatekeeper')
                  AND holds_secret(NEW.source, 'gatekeeper')))
     OR (NEW.watchman_verifier <> OLD.watchman_verifier
         AND NOT (NEW.watchman_verifier = made_for(NEW.source, 'watchman')
                  AND holds_secret(NEW.source, 'watchman')))
     OR (NEW.state <> OLD.state
         AND NOT ((NEW.state = 'keyless' AND OLD.state = 'ready' AND NEW.keys <> OLD.keys)
                  OR (NEW.state = 'ready' AND OLD.state = 'keyless' AND NEW.keys = OLD.keys)))
  THEN
    PERFORM refuse('airlock.not_your_step');
  END IF;
  RETURN NEW;
END $$;
