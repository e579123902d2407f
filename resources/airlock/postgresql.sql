-- 1. Roles. Nobody can log in as the owner or as the readers; the two logins can call verbs and
--    read no table. Passwords stand here as SCRAM verifiers: this script holds no secret.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['{{owner}}', '{{readers}}', '{{gatekeeper}}', '{{watchman}}'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = name) THEN
      EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', name);
    END IF;
  END LOOP;
END $$;
ALTER ROLE {{owner}} NOLOGIN CREATEROLE INHERIT;
ALTER ROLE {{readers}} NOLOGIN INHERIT;
ALTER ROLE {{gatekeeper}} LOGIN NOINHERIT CONNECTION LIMIT 20 PASSWORD '{{gatekeeper_verifier}}';
ALTER ROLE {{watchman}} LOGIN NOINHERIT CONNECTION LIMIT 100 PASSWORD '{{watchman_verifier}}';
GRANT pg_signal_backend TO {{owner}};
GRANT {{readers}} TO {{owner}} WITH ADMIN OPTION;
CREATE SCHEMA IF NOT EXISTS {{schema}} AUTHORIZATION {{owner}};
REVOKE ALL ON SCHEMA {{schema}} FROM PUBLIC;
GRANT USAGE ON SCHEMA {{schema}} TO {{readers}}, {{gatekeeper}}, {{watchman}};

-- 2. What may be read at all: the owner of the views gets these columns and no others. Those that
--    stand after "compared" are needed to find a person's rows and are handed to nobody.
DO $$
DECLARE
  relation regclass;
BEGIN
  IF to_regclass('{{schema}}.ledger') IS NOT NULL THEN
    IF EXISTS (SELECT FROM {{schema}}.secret WHERE kind = 'officers' AND sha256 <> '\x{{officers_sha256}}') THEN
      RAISE EXCEPTION 'this airlock belongs to other keys' USING ERRCODE = 'SG012';
    END IF;
    IF EXISTS (SELECT FROM {{schema}}.ledger WHERE state IN ('ready', 'open')) THEN
      RAISE EXCEPTION 'access is open or granted: close it, or wait, and run this again' USING ERRCODE = 'SG011';
    END IF;
    FOR relation IN SELECT c.oid FROM pg_catalog.pg_class c
      WHERE c.relkind = 'v' AND c.relnamespace = '{{schema}}'::regnamespace LOOP
      EXECUTE pg_catalog.format('DROP VIEW %s', relation);
    END LOOP;
  END IF;
  FOR relation IN SELECT DISTINCT a.attrelid FROM pg_catalog.pg_attribute a, pg_catalog.aclexplode(a.attacl) given
    WHERE given.grantee = '{{owner}}'::regrole LOOP
    EXECUTE pg_catalog.format('REVOKE ALL ON %s FROM {{owner}}', relation);
  END LOOP;
END $$;
{{base_grants}}
SET LOCAL ROLE {{owner}};
SET LOCAL search_path = pg_catalog, pg_temp;

-- 3. The ledger: who was let in to what, for whom, how long. The person's identities are taken out
--    as soon as the grant is closed.
CREATE TABLE IF NOT EXISTS {{schema}}.about (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  format integer NOT NULL,
  source text NOT NULL,
  map_sha256 text NOT NULL,
  definition text NOT NULL,
  objects text NOT NULL DEFAULT '',
  installed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  minutes_at_most integer NOT NULL DEFAULT 240 CHECK (minutes_at_most BETWEEN 1 AND 1440),
  live_at_most integer NOT NULL DEFAULT 50 CHECK (live_at_most BETWEEN 1 AND 500)
);
CREATE TABLE IF NOT EXISTS {{schema}}.secret (
  kind text PRIMARY KEY,
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  key bytea CHECK (octet_length(key) = 32)
);
CREATE TABLE IF NOT EXISTS {{schema}}.ledger (
  grant_id text PRIMARY KEY CHECK (grant_id ~ '^[0-9a-f]{16}$'),
  role_name name NOT NULL UNIQUE,
  role_oid oid,
  state text NOT NULL CHECK (state IN ('ready', 'open', 'closing', 'closed', 'counting')),
  requester text NOT NULL,
  approver text NOT NULL,
  reference text NOT NULL,
  scope jsonb NOT NULL,
  identities jsonb NOT NULL,
  unattested jsonb NOT NULL,
  asked_mac bytea NOT NULL,
  closing_sha256 bytea NOT NULL,
  minutes integer NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  start_by timestamptz NOT NULL,
  begun_at timestamptz,
  begun_in bigint,
  deadline timestamptz,
  closed_at timestamptz,
  close_reason text,
  gone_at timestamptz,
  ended_sessions integer NOT NULL DEFAULT 0,
  CHECK (requester <> approver OR state = 'counting'),
  CHECK (state NOT IN ('open') OR deadline IS NOT NULL)
);
CREATE TABLE IF NOT EXISTS {{schema}}.brought (
  grant_id text NOT NULL REFERENCES {{schema}}.ledger ON DELETE CASCADE,
  origin text NOT NULL,
  keys jsonb NOT NULL,
  brought_in bigint NOT NULL DEFAULT txid_current(),
  PRIMARY KEY (grant_id, origin)
);
REVOKE ALL ON {{schema}}.about, {{schema}}.secret, {{schema}}.ledger, {{schema}}.brought FROM PUBLIC;
GRANT SELECT ON {{schema}}.about TO {{gatekeeper}}, {{watchman}};
INSERT INTO {{schema}}.about (format, source, map_sha256, definition)
  VALUES ({{format}}, {{source_literal}}, '{{map_sha256}}', '')
  ON CONFLICT (one) DO UPDATE SET format = excluded.format, source = excluded.source,
    map_sha256 = excluded.map_sha256, installed_at = clock_timestamp();
{{commitments}}
-- 4. HMAC-SHA-256 (RFC 2104) in plain SQL: no extension is needed.
CREATE OR REPLACE FUNCTION {{schema}}.hmac(p_key bytea, p_message bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  inner_key bytea := p_key || decode(repeat('00', 64 - length(p_key)), 'hex');
  outer_key bytea := inner_key;
BEGIN
  FOR i IN 0..63 LOOP
    outer_key := set_byte(outer_key, i, get_byte(inner_key, i) # 92);
    inner_key := set_byte(inner_key, i, get_byte(inner_key, i) # 54);
  END LOOP;
  RETURN sha256(outer_key || sha256(inner_key || p_message));
END $$;
CREATE OR REPLACE FUNCTION {{schema}}.must_fit(p_kind text, p_text text, p_mac bytea) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held bytea;
BEGIN
  SELECT key INTO held FROM {{schema}}.secret WHERE kind = p_kind;
  IF held IS NULL THEN
    RAISE EXCEPTION 'the key is not set: %', p_kind USING ERRCODE = 'SG003';
  END IF;
  IF p_mac IS NULL OR p_text IS NULL
     OR {{schema}}.hmac(held, convert_to(p_text, 'UTF8')) IS DISTINCT FROM p_mac THEN
    RAISE LOG 'sandglass: not genuine under the key of the %, by %', p_kind, session_user;
    RAISE EXCEPTION 'not genuine: %', p_kind USING ERRCODE = 'SG001';
  END IF;
END $$;
-- A key is taken from whoever holds it, if it is the very key that this script was made for.
CREATE OR REPLACE FUNCTION {{schema}}.set_key(p_kind text, p_key bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE {{schema}}.secret SET key = p_key WHERE kind = p_kind AND sha256 = sha256(p_key);
  RETURN FOUND;
END $$;
CREATE OR REPLACE FUNCTION {{schema}}.keys_held()
RETURNS TABLE (kind text, sha256 text, is_set boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT s.kind, encode(s.sha256, 'hex'), s.key IS NOT NULL FROM {{schema}}.secret s
$$;
-- New keys, proved under both old ones. Here they are only named: nobody has both, so each is
-- handed over by who has it, and until then this airlock opens nothing.
CREATE OR REPLACE FUNCTION {{schema}}.rekey(
  p_officers bytea, p_approvers bytea, p_officers_mac bytea, p_approvers_mac bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  signed text := 'sandglass-rekey-2:' || (SELECT a.source FROM {{schema}}.about a)
    || ':' || encode(p_officers, 'hex') || ':' || encode(p_approvers, 'hex');
BEGIN
  PERFORM {{schema}}.must_fit('officers', signed, p_officers_mac);
  PERFORM {{schema}}.must_fit('approvers', signed, p_approvers_mac);
  UPDATE {{schema}}.secret SET key = NULL, sha256 = p_officers WHERE kind = 'officers';
  UPDATE {{schema}}.secret SET key = NULL, sha256 = p_approvers WHERE kind = 'approvers';
END $$;

-- The forms in which e-mail addresses and phone numbers are compared. On a large table an index
-- over each form makes finding a person quick; an address is compared in both of its forms:
--   CREATE INDEX ON customers ({{schema}}.email(email));
--   CREATE INDEX ON customers ({{schema}}.any_email(email));
{{forms}}

-- 5. The gate. Every view asks for the deadline once and compares it with the wall clock at every
--    row. At the deadline it raises: a short answer must never look complete. What the reading
--    transaction itself began or brought does not count: rolled back, it would leave no trace.
CREATE OR REPLACE FUNCTION {{schema}}.deadline() RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found_deadline timestamptz;
BEGIN
  SELECT l.deadline INTO found_deadline FROM {{schema}}.ledger l
   WHERE l.role_name = session_user AND l.state IN ('open', 'counting')
     AND l.begun_in IS DISTINCT FROM coalesce(txid_current_if_assigned(), -1);
  IF found_deadline IS NULL THEN
    RAISE EXCEPTION 'no access is open' USING ERRCODE = 'SG006';
  END IF;
  IF clock_timestamp() >= found_deadline THEN
    RAISE EXCEPTION 'access has expired' USING ERRCODE = 'SG007';
  END IF;
  RETURN found_deadline;
END $$;
CREATE OR REPLACE FUNCTION {{schema}}.expired() RETURNS boolean
LANGUAGE plpgsql VOLATILE COST 1 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'access has expired' USING ERRCODE = 'SG007';
END $$;
-- The identities of the one person whose rows are open to who asks.
CREATE OR REPLACE FUNCTION {{schema}}.identity(p_kind text) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM {{schema}}.deadline();
  RETURN ARRAY(
    SELECT i.form FROM {{schema}}.ledger l, jsonb_array_elements_text(CASE jsonb_typeof(
        l.identities -> p_kind) WHEN 'array' THEN l.identities -> p_kind ELSE '[]' END) AS i (form)
     WHERE l.role_name = session_user AND l.state IN ('open', 'counting')
       AND i.form <> '');  -- nobody is known by nothing
END $$;
-- The keys that another source gave for this person.
CREATE OR REPLACE FUNCTION {{schema}}.keys(p_origin text) RETURNS SETOF jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 10 AS $$
BEGIN
  PERFORM {{schema}}.deadline();
  RETURN QUERY SELECT jsonb_array_elements(b.keys)
    FROM {{schema}}.ledger l JOIN {{schema}}.brought b USING (grant_id)
   WHERE l.role_name = session_user AND l.state = 'open' AND b.origin = p_origin
     AND b.brought_in IS DISTINCT FROM coalesce(txid_current_if_assigned(), -1);
END $$;

-- 6. open: the login and the entry in the ledger come in one transaction. It needs what was asked
--    under the officers' key and what was allowed under the approvers' key.
CREATE OR REPLACE FUNCTION {{schema}}.open(
  p_asked text, p_asked_mac bytea, p_allowed text, p_allowed_mac bytea)
RETURNS TABLE (role_name name, start_by timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO, YMD' SET timezone = 'UTC' AS $$
DECLARE
  asked jsonb;
  allowed jsonb;
  known {{schema}}.ledger;
  facts {{schema}}.about;
  id text;
  login name;
  starts timestamptz;
  verifier text;
  collection text;
  columns text;
BEGIN
  PERFORM {{schema}}.must_fit('officers', p_asked, p_asked_mac);
  PERFORM {{schema}}.must_fit('approvers', p_allowed, p_allowed_mac);
  asked := p_asked::jsonb;
  allowed := p_allowed::jsonb;
  SELECT * INTO facts FROM {{schema}}.about FOR UPDATE;
  id := asked ->> 'grant';
  verifier := asked ->> 'verifier';
  starts := to_timestamp((allowed ->> 'start_by')::bigint);
  -- All of it must be true; what is missing is not.
  IF (asked ->> 'format' = 'sandglass-asked-1'
      AND allowed ->> 'format' = 'sandglass-allowed-1'
      AND asked ->> 'source' = facts.source
      AND allowed ->> 'asked_mac' = encode(p_asked_mac, 'hex')
      AND id ~ '^[0-9a-f]{16}$'
      -- Exactly so: PostgreSQL takes anything else for a password in clear.
      AND verifier ~ '^SCRAM-SHA-256[$][1-9][0-9]{3,5}:[A-Za-z0-9+/]{22}==[$][A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$'
      AND asked ->> 'requester' <> allowed ->> 'approver'
      AND jsonb_typeof(asked -> 'fields') = 'object'
      AND jsonb_typeof(asked -> 'identities') = 'object'
      AND jsonb_typeof(asked -> 'unattested') = 'object'
      AND asked ->> 'reference' <> ''
      AND asked ->> 'closing_sha256' ~ '^[0-9a-f]{64}$'
      AND (asked ->> 'not_after')::bigint > 0
      AND (allowed ->> 'minutes')::integer BETWEEN 1 AND (asked ->> 'minutes')::integer
      AND (allowed ->> 'minutes')::integer <= facts.minutes_at_most
      AND starts IS NOT NULL) IS NOT TRUE THEN
    RAISE EXCEPTION 'the documents do not fit' USING ERRCODE = 'SG008';
  END IF;
  SELECT * INTO known FROM {{schema}}.ledger l WHERE l.grant_id = id FOR UPDATE;
  IF FOUND THEN
    IF known.asked_mac = p_asked_mac AND known.state IN ('ready', 'open') THEN
      RETURN QUERY SELECT known.role_name, known.start_by;
      RETURN;
    END IF;
    RAISE EXCEPTION 'this grant is spent' USING ERRCODE = 'SG005';
  END IF;
  IF clock_timestamp() > to_timestamp((asked ->> 'not_after')::bigint) OR clock_timestamp() >= starts THEN
    RAISE EXCEPTION 'the time to open has passed' USING ERRCODE = 'SG002';
  END IF;
  IF (SELECT count(*) FROM {{schema}}.ledger l WHERE l.state IN ('ready', 'open', 'closing')) >= facts.live_at_most THEN
    RAISE EXCEPTION 'too many grants are live' USING ERRCODE = 'SG004';
  END IF;
  login := '{{session_prefix}}' || id;
  EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS '
    'CONNECTION LIMIT 3 PASSWORD %L VALID UNTIL %L', login, verifier, starts);
  IF current_setting('server_version_num')::integer >= 160000 THEN
    EXECUTE format('GRANT {{readers}} TO %I WITH INHERIT TRUE, SET FALSE', login);
  ELSE
    EXECUTE format('GRANT {{readers}} TO %I', login);
  END IF;
  -- Real column privileges, given by the owner of the views, who takes them back.
  FOR collection, columns IN
    SELECT f.key, string_agg(quote_ident(c.name), ', ')
      FROM jsonb_each(asked -> 'fields') f, jsonb_array_elements_text(f.value) AS c(name) GROUP BY f.key
  LOOP
    FOR i IN 1..100 LOOP
      BEGIN
        EXECUTE format('GRANT SELECT (%s) ON {{schema}}.%I TO %I', columns,
                       {{schema}}.view_of(collection), login);
        EXIT;
      EXCEPTION WHEN internal_error THEN  -- another grant on this view was closed at this moment
        IF i = 100 THEN
          RAISE;
        END IF;
      END;
    END LOOP;
  END LOOP;
  INSERT INTO {{schema}}.ledger (grant_id, role_name, role_oid, state, requester, approver, reference,
    scope, identities, unattested, asked_mac, closing_sha256, minutes, start_by)
  VALUES (id, login, (SELECT oid FROM pg_roles WHERE rolname = login), 'ready', asked ->> 'requester',
    allowed ->> 'approver', asked ->> 'reference', asked -> 'fields',
    asked -> 'identities', asked -> 'unattested', p_asked_mac,
    decode(asked ->> 'closing_sha256', 'hex'), (allowed ->> 'minutes')::integer, starts);
  RETURN QUERY SELECT login, starts;
END $$;

-- 7. begin: by the officer with a login of her own, not later than start-by. From now on the
--    deadline stands, by this server's clock.
CREATE OR REPLACE FUNCTION {{schema}}.begin() RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO, YMD' SET timezone = 'UTC' AS $$
DECLARE
  mine {{schema}}.ledger;
  ends timestamptz;
BEGIN
  SELECT * INTO mine FROM {{schema}}.ledger l WHERE l.role_name = session_user FOR UPDATE;
  IF mine.state = 'open' AND clock_timestamp() < mine.deadline THEN
    RETURN mine.deadline;
  END IF;
  IF mine.state IS DISTINCT FROM 'ready' THEN
    RAISE EXCEPTION 'access has expired' USING ERRCODE = 'SG007';
  END IF;
  IF clock_timestamp() > mine.start_by THEN
    RAISE EXCEPTION 'the time to begin has passed' USING ERRCODE = 'SG002';
  END IF;
  ends := clock_timestamp() + make_interval(mins => mine.minutes);
  UPDATE {{schema}}.ledger l SET state = 'open', begun_at = clock_timestamp(), deadline = ends,
         begun_in = txid_current()
   WHERE l.grant_id = mine.grant_id;
  EXECUTE format('ALTER ROLE %I VALID UNTIL %L', mine.role_name, ends);
  RETURN ends;
END $$;
-- Keys from another source: attested by its airlock, or approved by name and number.
CREATE OR REPLACE FUNCTION {{schema}}.bring(p_text text, p_mac bytea) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  mine {{schema}}.ledger;
  given jsonb := p_text::jsonb;
  from_field text := given ->> 'from';
BEGIN
  SELECT * INTO mine FROM {{schema}}.ledger l WHERE l.role_name = session_user AND l.state = 'open' FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no access is open' USING ERRCODE = 'SG006';
  END IF;
  IF jsonb_typeof(given -> 'keys') IS DISTINCT FROM 'array' OR from_field IS NULL THEN
    RAISE EXCEPTION 'the documents do not fit' USING ERRCODE = 'SG008';
  END IF;
  IF mine.unattested ? from_field AND p_mac IS NULL THEN
    IF (jsonb_array_length(given -> 'keys') <= (mine.unattested ->> from_field)::integer) IS NOT TRUE THEN
      RAISE EXCEPTION 'more keys than were approved' USING ERRCODE = 'SG010';
    END IF;
  ELSE
    IF given ->> 'grant' IS DISTINCT FROM mine.reference THEN
      RAISE EXCEPTION 'the documents do not fit' USING ERRCODE = 'SG008';
    END IF;
    PERFORM {{schema}}.must_fit(coalesce(
      (SELECT s.kind FROM {{schema}}.secret s  -- the name of a source may hold dots
        WHERE s.kind LIKE 'link:%' AND starts_with(from_field, substr(s.kind, 6) || '.')
        ORDER BY length(s.kind) DESC LIMIT 1), 'link:'), p_text, p_mac);
  END IF;
  INSERT INTO {{schema}}.brought AS b (grant_id, origin, keys) VALUES (mine.grant_id, from_field, given -> 'keys')
    ON CONFLICT (grant_id, origin) DO NOTHING;
  RETURN jsonb_array_length(given -> 'keys');
END $$;

-- 8. The end. disable takes the way in, kill ends sessions by the number of the role, which outlives
--    its name, remove drops the role and is tried again by every sweep. Each can be repeated. What
--    a session of this very grant holds locked stands in nobody's way: that session is ended.
CREATE OR REPLACE FUNCTION {{schema}}.end_sessions(p_role oid, OUT ended integer, OUT are_gone boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  process integer;
  told integer[] := '{}';
BEGIN
  FOR i IN 1..1000 LOOP
    are_gone := true;
    PERFORM pg_stat_clear_snapshot();
    FOR process IN SELECT pid FROM pg_stat_activity WHERE usesysid = p_role AND pid <> pg_backend_pid() LOOP
      are_gone := false;
      IF pg_terminate_backend(process) AND process <> ALL (told) THEN
        told := told || process;
      END IF;
    END LOOP;
    EXIT WHEN are_gone;
    PERFORM pg_sleep(0.005);
  END LOOP;
  ended := cardinality(told);
END $$;
CREATE OR REPLACE FUNCTION {{schema}}.disable(p_grant text, p_token text, p_reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
  it {{schema}}.ledger;
  collection text;
  ended integer := 0;
  more integer;
  is_done boolean := false;
BEGIN
  FOR i IN 1..50 LOOP
    SELECT * INTO it FROM {{schema}}.ledger l WHERE l.grant_id = p_grant;
    IF NOT FOUND OR it.state IN ('closing', 'closed') THEN
      RETURN FOUND;
    END IF;
    IF (session_user = '{{gatekeeper}}'
        OR clock_timestamp() >= coalesce(it.deadline, it.start_by)
        OR sha256(convert_to(p_token, 'UTF8')) = it.closing_sha256) IS NOT TRUE THEN
      IF i > 1 OR p_token IS NULL THEN  -- it was due, and begun at that very moment
        RETURN false;
      END IF;
      RAISE EXCEPTION 'not yours to close' USING ERRCODE = 'SG009';
    END IF;
    BEGIN
      UPDATE {{schema}}.ledger l SET state = 'closing', closed_at = clock_timestamp(),
             close_reason = p_reason, identities = '{}', unattested = '{}',
             ended_sessions = l.ended_sessions + ended
       WHERE l.grant_id = p_grant AND l.state = it.state AND l.deadline IS NOT DISTINCT FROM it.deadline;
      CONTINUE WHEN NOT FOUND;
      DELETE FROM {{schema}}.brought b WHERE b.grant_id = p_grant;
      IF EXISTS (SELECT FROM pg_roles WHERE oid = it.role_oid AND rolname = it.role_name) THEN
        EXECUTE format('ALTER ROLE %I NOLOGIN PASSWORD NULL CONNECTION LIMIT 0 VALID UNTIL ''-infinity''', it.role_name);
      END IF;
      is_done := true;
      EXIT;
    EXCEPTION WHEN lock_not_available OR deadlock_detected OR internal_error THEN
      SELECT e.ended INTO more FROM {{schema}}.end_sessions(it.role_oid) e;
      ended := ended + more;
    END;
  END LOOP;
  IF NOT is_done THEN
    RETURN false;
  END IF;
  BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE oid = it.role_oid AND rolname = it.role_name) THEN
      FOR collection IN SELECT jsonb_object_keys(it.scope) LOOP
        EXECUTE format('REVOKE ALL ON {{schema}}.%I FROM %I', {{schema}}.view_of(collection), it.role_name);
      END LOOP;
      EXECUTE format('REVOKE {{readers}} FROM %I', it.role_name);
    END IF;
  EXCEPTION WHEN lock_not_available OR deadlock_detected OR internal_error THEN
    NULL;  -- somebody grants on the same views at this moment: remove takes what is left
  END;
  RETURN true;
END $$;
CREATE OR REPLACE FUNCTION {{schema}}.kill(p_grant text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  it {{schema}}.ledger;
  killed record;
BEGIN
  SELECT * INTO it FROM {{schema}}.ledger l WHERE l.grant_id = p_grant;
  IF it.state IS DISTINCT FROM 'closing' THEN
    RETURN 0;
  END IF;
  SELECT * INTO killed FROM {{schema}}.end_sessions(it.role_oid);
  UPDATE {{schema}}.ledger l SET ended_sessions = l.ended_sessions + killed.ended,
         gone_at = CASE WHEN killed.are_gone AND killed.ended = 0 THEN coalesce(l.gone_at, clock_timestamp())
                        WHEN killed.are_gone THEN clock_timestamp() END
   WHERE l.grant_id = p_grant;
  RETURN killed.ended;
END $$;
CREATE OR REPLACE FUNCTION {{schema}}.remove(p_grant text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  it {{schema}}.ledger;
BEGIN
  SELECT * INTO it FROM {{schema}}.ledger l WHERE l.grant_id = p_grant FOR UPDATE;
  IF it.state IS DISTINCT FROM 'closing' THEN
    RETURN it.state = 'closed';
  END IF;
  PERFORM pg_stat_clear_snapshot();
  IF EXISTS (SELECT FROM pg_stat_activity WHERE usesysid = it.role_oid) THEN
    RETURN false;
  END IF;
  -- Before PostgreSQL 16 a session could make large objects in the name of the readers.
  PERFORM lo_unlink(m.oid) FROM pg_largeobject_metadata m WHERE m.lomowner = '{{readers}}'::regrole;
  IF EXISTS (SELECT FROM pg_roles WHERE oid = it.role_oid AND rolname = it.role_name) THEN
    BEGIN
      EXECUTE format('DROP ROLE %I', it.role_name);
    EXCEPTION WHEN dependent_objects_still_exist THEN
      EXECUTE format('GRANT %I TO {{owner}}', it.role_name);
      EXECUTE format('DROP OWNED BY %I', it.role_name);
      EXECUTE format('DROP ROLE %I', it.role_name);
    END;
  END IF;
  UPDATE {{schema}}.ledger l SET state = 'closed' WHERE l.grant_id = p_grant;
  RETURN true;
EXCEPTION WHEN OTHERS THEN
  RETURN false;  -- it stays "closing", for all to see, until a sweep succeeds
END $$;
CREATE OR REPLACE PROCEDURE {{schema}}.close(p_grant text, p_token text, p_reason text)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM {{schema}}.disable(p_grant, p_token, p_reason);
  COMMIT;
  PERFORM {{schema}}.kill(p_grant);
  COMMIT;
  PERFORM {{schema}}.kill(p_grant);
  COMMIT;
  FOR i IN 1..5 LOOP
    EXIT WHEN {{schema}}.remove(p_grant) IS NOT FALSE;
    COMMIT;
    PERFORM pg_catalog.pg_sleep(0.02 * i);
  END LOOP;
  COMMIT;
END $$;
CREATE OR REPLACE FUNCTION {{schema}}.due() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT l.grant_id FROM {{schema}}.ledger l
   WHERE l.state = 'closing'
      OR (l.state IN ('ready', 'open') AND clock_timestamp() >= coalesce(l.deadline, l.start_by))
$$;
CREATE OR REPLACE PROCEDURE {{schema}}.sweep()
LANGUAGE plpgsql AS $$
DECLARE
  waiting text[] := ARRAY(SELECT {{schema}}.due());
  each text;
BEGIN
  FOREACH each IN ARRAY waiting LOOP
    CALL {{schema}}.close(each, NULL, 'expired');
  END LOOP;
END $$;
-- The fuse: sleeps here until the deadline and closes, though every client be dead.
CREATE OR REPLACE FUNCTION {{schema}}.burns_until(p_grant text) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(l.deadline, l.start_by) FROM {{schema}}.ledger l
   WHERE l.grant_id = p_grant AND l.state IN ('ready', 'open')
$$;
CREATE OR REPLACE PROCEDURE {{schema}}.fuse(p_grant text)
LANGUAGE plpgsql AS $$
DECLARE
  ends timestamptz;
BEGIN
  LOOP
    ends := {{schema}}.burns_until(p_grant);
    COMMIT;
    EXIT WHEN ends IS NULL;
    IF ends <= clock_timestamp() THEN
      CALL {{schema}}.close(p_grant, NULL, 'expired');
    END IF;
    PERFORM pg_sleep(greatest(0.01, least(extract(epoch FROM ends - clock_timestamp())::float8, 5)));
    COMMIT;
  END LOOP;
  CALL {{schema}}.close(p_grant, NULL, 'expired');
END $$;
CREATE OR REPLACE FUNCTION {{schema}}.status()
RETURNS TABLE (grant_id text, reference text, state text, opened_at timestamptz, start_by timestamptz,
  begun_at timestamptz, deadline timestamptz, closed_at timestamptz, close_reason text,
  gone_at timestamptz, ended_sessions integer, sessions bigint, has_role boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT l.grant_id, l.reference, l.state, l.opened_at, l.start_by, l.begun_at, l.deadline, l.closed_at,
         l.close_reason, l.gone_at, l.ended_sessions,
         (SELECT count(*) FROM pg_stat_activity a WHERE a.usesysid = l.role_oid),
         EXISTS (SELECT FROM pg_roles r WHERE r.oid = l.role_oid)
    FROM {{schema}}.ledger l
$$;

-- 9. One view for each collection: the columns that may ever be disclosed, of the rows of the one
--    person whose grant is open.
{{views}}
CREATE OR REPLACE FUNCTION {{schema}}.view_of(p_collection text) RETURNS name
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN CASE p_collection
{{view_names}}
  END;
END $$;
-- How the views are called, and about how wide their rows are.
CREATE OR REPLACE FUNCTION {{schema}}.shape()
RETURNS TABLE (collection text, view_name text, row_bytes integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT s.collection, {{schema}}.view_of(s.collection)::text, coalesce(
    (SELECT (pg_table_size(c.oid) / c.reltuples)::integer FROM pg_class c
      WHERE c.oid = to_regclass(s.base) AND c.reltuples > 0), 0)
    FROM (VALUES
{{shapes}}
    ) AS s (collection, base)
$$;
-- How many rows each view would give for what an officer asks: numbers, no values.
CREATE OR REPLACE FUNCTION {{schema}}.count(p_asked text, p_asked_mac bytea)
RETURNS TABLE (collection text, row_count bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  asked jsonb;
  counted bigint;
BEGIN
  PERFORM {{schema}}.must_fit('officers', p_asked, p_asked_mac);
  asked := p_asked::jsonb;
  IF (asked ->> 'format' = 'sandglass-asked-1'
      AND asked ->> 'source' = (SELECT a.source FROM {{schema}}.about a)) IS NOT TRUE THEN
    RAISE EXCEPTION 'the documents do not fit' USING ERRCODE = 'SG008';
  END IF;
  INSERT INTO {{schema}}.ledger (grant_id, role_name, state, requester, approver, reference, scope,
    identities, unattested, asked_mac, closing_sha256, minutes, start_by, deadline)
  VALUES (substr(md5(random()::text || clock_timestamp()::text), 1, 16), session_user, 'counting', asked ->> 'requester', session_user, '', '{}',
    asked -> 'identities', '{}', p_asked_mac, '', 1, clock_timestamp(), clock_timestamp() + interval '30 s');
  FOR collection IN SELECT jsonb_object_keys(asked -> 'fields') LOOP
    EXECUTE format('SELECT count(*) FROM {{schema}}.%I', {{schema}}.view_of(collection)) INTO counted;
    row_count := counted;
    RETURN NEXT;
  END LOOP;
  DELETE FROM {{schema}}.ledger l WHERE l.role_name = session_user AND l.state = 'counting';
END $$;
-- How many of a person's rows other people's rows point to as well.
CREATE OR REPLACE FUNCTION {{schema}}.shared(p_check text) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  counted bigint := 0;
BEGIN
  PERFORM {{schema}}.deadline();
{{shared_checks}}
  RETURN counted;
END $$;
-- The keys that lead from this person's rows here into another source, attested for this grant.
CREATE OR REPLACE FUNCTION {{schema}}.attest(p_from text, OUT attested text, OUT mac bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO, YMD' SET intervalstyle = 'iso_8601' SET timezone = 'UTC' SET bytea_output = 'hex'
SET extra_float_digits = 3 AS $$
DECLARE
  found_keys jsonb;
  mine {{schema}}.ledger;
  held bytea;
BEGIN
  PERFORM {{schema}}.deadline();
  SELECT * INTO mine FROM {{schema}}.ledger l WHERE l.role_name = session_user AND l.state = 'open';
{{attested_keys}}
  attested := jsonb_build_object('from', p_from, 'grant', mine.reference, 'keys', coalesce(found_keys, '[]'))::text;
  SELECT key INTO held FROM {{schema}}.secret WHERE kind = 'link:' || {{source_literal}};
  mac := {{schema}}.hmac(held, convert_to(attested, 'UTF8'));
END $$;

-- 10. Who may call what.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {{schema}} FROM PUBLIC;
REVOKE ALL ON ALL PROCEDURES IN SCHEMA {{schema}} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {{schema}}.deadline(), {{schema}}.expired(), {{schema}}.identity(text),
  {{schema}}.email(text), {{schema}}.any_email(text), {{schema}}.phone(text),
  {{schema}}.keys(text), {{schema}}.begin(), {{schema}}.bring(text, bytea), {{schema}}.shared(text),
  {{schema}}.attest(text), {{schema}}.shape() TO {{readers}};
GRANT EXECUTE ON FUNCTION {{schema}}.open(text, bytea, text, bytea), {{schema}}.count(text, bytea),
  {{schema}}.rekey(bytea, bytea, bytea, bytea) TO {{gatekeeper}};
GRANT EXECUTE ON FUNCTION {{schema}}.set_key(text, bytea), {{schema}}.keys_held(),
  {{schema}}.disable(text, text, text),
  {{schema}}.kill(text), {{schema}}.remove(text), {{schema}}.due(), {{schema}}.burns_until(text),
  {{schema}}.status() TO {{gatekeeper}}, {{watchman}};
GRANT EXECUTE ON PROCEDURE {{schema}}.close(text, text, text), {{schema}}.sweep(), {{schema}}.fuse(text)
  TO {{gatekeeper}}, {{watchman}};

-- 11. What is installed, to be compared with later.
UPDATE {{schema}}.about SET definition = {{definition_literal}}, objects = ({{objects_query}});
