-- What the policy says of an access request, by the maps of now: the guard reads both itself.

-- The findings about a scope, as app/domain/policy.py names them (a test holds both to the same
-- examples). p_maps gives by its key what each map in use says. The planner thinks of billions of
-- fields, and would hash a thousand of them into files: sorted, they take a thirtieth of the time.
CREATE OR REPLACE FUNCTION findings_of(p_policy json, p_scope json, p_maps json)
RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
SET enable_hashjoin = off AS $$
  WITH RECURSIVE scope (dataset, collection, fields) AS (
    SELECT value ->> 'dataset', value ->> 'collection', value -> 'fields'
      FROM json_array_elements(p_scope)
  ), asked (dataset, collection, path) AS (
    SELECT s.dataset, s.collection, f.value FROM scope s, json_array_elements_text(s.fields) f
  ), collections (dataset, collection, says) AS (
    SELECT m.key, c.value ->> 'str:name', c.value
      FROM json_each(p_maps) m, json_array_elements(m.value -> 'str:collections') c
  ), fields (dataset, collection, path, says) AS (
    SELECT c.dataset, c.collection, f.value ->> 'str:name', f.value
      FROM collections c, json_array_elements(c.says -> 'str:fields') f
    UNION ALL
    SELECT o.dataset, o.collection, o.path || '.' || (f.value ->> 'str:name'), f.value
      FROM fields o, json_array_elements(o.says -> 'str:fields') f
  ), found AS (
    SELECT f.says FROM asked a JOIN fields f USING (dataset, collection, path)
  ), given (says) AS (  -- whoever gets an object gets what is inside it
    SELECT says FROM found
    UNION ALL
    SELECT f.value FROM given g, json_array_elements(g.says -> 'str:fields') f
  ), categories (category) AS (
    SELECT c.value FROM given, json_array_elements_text(says -> 'str:data_categories') c
  )
  SELECT 'policy.empty_scope' WHERE NOT EXISTS (SELECT FROM scope)
  UNION
  SELECT 'policy.not_in_map' FROM scope
   WHERE NOT EXISTS (SELECT FROM collections c
                      WHERE (c.dataset, c.collection) = (scope.dataset, scope.collection))
  UNION
  SELECT 'policy.not_in_map' FROM asked
   WHERE NOT EXISTS (SELECT FROM fields f WHERE (f.dataset, f.collection, f.path)
                       = (asked.dataset, asked.collection, asked.path))
  UNION
  SELECT 'policy.never_disclosed' FROM found
   WHERE says #>> '{str:meta,str:sandglass,str:never_disclose}' = 'true'
  UNION
  SELECT rule.code
    FROM (VALUES ('policy.never_disclosed', 'never_disclosed'),
                 ('policy.special_category', 'stands_out')) AS rule (code, named),
         json_array_elements_text(p_policy -> rule.named) AS above, categories
   WHERE category = above.value OR starts_with(category, above.value || '.')
$$;

-- A scope in the only form in which its hash is taken; NULL where it is none.
CREATE OR REPLACE FUNCTION scope_in_form(p_scope json) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT '[' || coalesce(string_agg(
           format('{"collection":%s,"dataset":%s,"fields":[%s]}', to_json(collection),
             to_json(dataset),
             (SELECT string_agg(to_json(path)::text, ',' ORDER BY path COLLATE "C")
                FROM (SELECT DISTINCT json_array_elements_text(fields)) AS each (path))),
           ',' ORDER BY dataset COLLATE "C", collection COLLATE "C"), '') || ']'
    FROM (SELECT value ->> 'dataset' AS dataset, value ->> 'collection' AS collection,
                 value -> 'fields' AS fields
            FROM json_array_elements(p_scope)) AS scope
  HAVING count(*) = count(DISTINCT (dataset, collection))
$$;

-- The hash that binds a scope to the maps of the sources that it names, as they are now.
CREATE OR REPLACE FUNCTION scope_hash_now(p_scope text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
  SELECT encode(sha256(convert_to(format('{"collections":%s,"format":"sandglass-scope-1","maps":{%s}}',
           p_scope, (SELECT string_agg(format('%s:%s', to_json(key), to_json(map_hash)), ','
                                       ORDER BY key COLLATE "C")
                       FROM sources
                      WHERE key IN (SELECT value ->> 'dataset'
                                      FROM json_array_elements(p_scope::json)))), 'UTF8')), 'hex')
$$;

-- A map's hash is of what it says, and it speaks of its source.
CREATE OR REPLACE FUNCTION says_what_is_hashed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
BEGIN
  IF (encode(sha256(convert_to(NEW.map_says, 'UTF8')), 'hex') = NEW.map_hash
      AND replace(NEW.map_says, '\u0000', '\ufffd')::json ->> 'str:fides_key' = NEW.key)
     IS NOT TRUE THEN
    PERFORM refuse('source.map_differs');
  END IF;
  RETURN NEW;
END $$;

-- Whether the policy of now lets anybody say yes to this, and after how many others.
CREATE OR REPLACE FUNCTION must_be_by_policy(
  p_scope text, p_hash text, p_minutes int, p_approvers int
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
DECLARE
  rules json := (SELECT policy FROM workspace);
  findings text[];
BEGIN
  IF p_scope IS DISTINCT FROM scope_in_form(p_scope::json) THEN
    PERFORM refuse('scope.unreadable');
  END IF;
  IF p_hash IS DISTINCT FROM scope_hash_now(p_scope) THEN
    PERFORM refuse('access.other_map');
  END IF;
  findings := ARRAY(SELECT findings_of(rules, p_scope::json, (
    SELECT coalesce(json_object_agg(key, replace(map_says, '\u0000', '\ufffd')::json), '{}')
      FROM sources WHERE is_active AND map_says IS NOT NULL AND key IN (
             SELECT value ->> 'dataset' FROM json_array_elements(p_scope::json)))));
  IF findings && ARRAY['policy.empty_scope', 'policy.not_in_map', 'policy.never_disclosed']
     OR (p_minutes <= (rules ->> 'minutes_at_most')::int) IS NOT TRUE THEN
    PERFORM refuse('access.against_policy');
  END IF;
  -- A policy may be older than these two.
  IF p_approvers < coalesce((rules ->> 'approvers_needed')::int, 1)
     OR ('policy.special_category' = ANY (findings)
         AND p_approvers < coalesce((rules ->> 'approvers_for_unusual')::int, 1)) THEN
    PERFORM refuse('access.too_few_approvers');
  END IF;
END $$;

-- Nobody asks for more than the policy allows, or for fewer people's yes than it wants.
CREATE OR REPLACE FUNCTION asks_by_policy() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
DECLARE
  said json := NEW.verdict;
BEGIN
  PERFORM must_be_by_policy(NEW.scope, NEW.scope_hash, NEW.minutes, NEW.approvers_needed);
  IF ARRAY(SELECT json_object_keys(said))
       IS DISTINCT FROM ARRAY['approvers', 'approvers_needed', 'findings', 'policy', 'version']
     OR said ->> 'approvers_needed' IS DISTINCT FROM NEW.approvers_needed::text
     OR EXISTS (
       SELECT FROM json_array_elements(said -> 'findings') f
        WHERE ARRAY(SELECT key FROM json_each(f) WHERE json_typeof(value) = 'string')
                IS DISTINCT FROM ARRAY['code', 'level', 'value', 'where']
           OR f ->> 'level' NOT IN ('refused', 'unusual', 'rule')) THEN
    PERFORM refuse('workspace.unreadable');
  END IF;
  IF (NEW.not_after <= NEW.asked_at + make_interval(
        hours => (SELECT (policy::json ->> 'decide_within_hours')::int FROM workspace)))
     IS NOT TRUE THEN
    PERFORM refuse('access.against_policy');
  END IF;
  RETURN NEW;
END $$;

-- A decision is made while it is waited for; a yes is by the policy and the maps of this moment,
-- which are those that were asked for. Whoever says yes first cannot know when the last one will.
CREATE OR REPLACE FUNCTION decides_in_time() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
DECLARE
  asked access_requests;
BEGIN
  SELECT * INTO asked FROM access_requests WHERE id = NEW.access_request;
  IF asked.not_after <= NEW.decided_at
     OR EXISTS (SELECT FROM withdrawals WHERE access_request = NEW.access_request)
     OR EXISTS (SELECT FROM revocations WHERE access_request = NEW.access_request) THEN
    PERFORM refuse('access.not_waiting');
  END IF;
  -- What it is signed with is the log as it is.
  IF NOT EXISTS (SELECT FROM log_head WHERE number = NEW.entries AND hash = NEW.head) THEN
    PERFORM refuse('log.not_a_continuation');
  END IF;
  IF NEW.granted AND asked.id IS NOT NULL THEN
    IF EXISTS (SELECT FROM airlocks a, json_array_elements(asked.scope::json) s
                WHERE a.source = s.value ->> 'dataset'
                  AND NOT holds_secret(a.source, 'approvers')) THEN
      PERFORM refuse('access.not_a_decider');
    END IF;
    PERFORM must_be_by_policy(
      asked.scope, asked.scope_hash, least(NEW.minutes, asked.minutes), asked.approvers_needed);
    IF (NEW.start_by <= CASE WHEN NEW.number = asked.approvers_needed THEN NEW.decided_at
                             ELSE asked.not_after END
          + make_interval(hours => (SELECT (policy::json ->> 'start_within_hours')::int
                                      FROM workspace))) IS FALSE THEN
      PERFORM refuse('access.against_policy');
    END IF;
  END IF;
  RETURN NEW;
END $$;

-- A policy says what programs know, each rule once and of its kind, and every change has a number.
CREATE OR REPLACE FUNCTION changes_policy() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp AS $$
DECLARE
  rules json := NEW.policy;
  kinds json := '{{kinds}}';
BEGIN
  IF EXISTS (SELECT FROM json_each(rules) r
              WHERE json_typeof(r.value) IS DISTINCT FROM kinds ->> r.key)
     OR (SELECT count(*) <> count(DISTINCT key) FROM json_each(rules)) THEN
    PERFORM refuse('workspace.unreadable');
  END IF;
  IF TG_OP = 'UPDATE' THEN
    IF (rules ->> 'version')::int IS DISTINCT FROM (OLD.policy::json ->> 'version')::int + 1 THEN
      PERFORM refuse('workspace.insert_only');
    END IF;
  END IF;
  RETURN NEW;
END $$;
