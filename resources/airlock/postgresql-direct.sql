-- 1. Roles. The weaker way, without a function, a view or a table of ours. What this server
--    keeps: logins that grants make read the columns below and nothing else, and nobody logs in
--    with one after its last moment. What it does not keep: they read these columns of EVERY
--    person's rows, no key is checked here, and a session that is open at the end goes on until
--    somebody ends it. Those three are Sandglass's, on the officer's machine.
--    Nobody can log in as the scope. The broker, whose password approvers hold, makes the logins
--    of grants and takes them away; so an approver can open this alone. On PostgreSQL 14 and 15
--    it needs CREATEROLE, WHICH IS NEARLY A SUPERUSER'S RIGHT THERE: it can give any role but a
--    superuser's to anybody, and change its password. From 16 on it has power over the scope and
--    its own logins only. The watch can log in and do nothing else. Passwords stand here as SCRAM
--    verifiers. DO runs now and leaves nothing behind.
DO $$
DECLARE
  name text;
  installed jsonb;
BEGIN
  SELECT pg_catalog.shobj_description(oid, 'pg_authid')::jsonb INTO installed
    FROM pg_catalog.pg_roles WHERE rolname = '{{scope}}';
  IF installed #>> '{keys,officers}' <> '{{officers_sha256}}' THEN
    RAISE EXCEPTION 'these roles belong to other keys' USING ERRCODE = 'SG012';
  END IF;
  IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname ~ '{{session_pattern}}'
    AND rolcanlogin AND coalesce(rolvaliduntil, 'infinity') > clock_timestamp()) THEN
    RAISE EXCEPTION 'access is open or granted: close it, or wait, and run this again' USING ERRCODE = 'SG011';
  END IF;
  FOREACH name IN ARRAY ARRAY['{{scope}}', '{{broker}}', '{{watchman}}'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = name) THEN
      EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', name);
    END IF;
  END LOOP;
END $$;
ALTER ROLE {{scope}} NOLOGIN NOCREATEROLE INHERIT;
ALTER ROLE {{broker}} LOGIN CREATEROLE NOINHERIT CONNECTION LIMIT 20 PASSWORD '{{gatekeeper_verifier}}';
ALTER ROLE {{watchman}} LOGIN NOCREATEROLE NOINHERIT CONNECTION LIMIT 100 PASSWORD '{{watchman_verifier}}';
DO $$
BEGIN
  IF pg_catalog.current_setting('server_version_num')::integer >= 160000 THEN
    EXECUTE 'GRANT {{scope}} TO {{broker}} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE';
  ELSE
    GRANT {{scope}} TO {{broker}} WITH ADMIN OPTION;
  END IF;
END $$;

-- 2. What may be read: the scope gets these columns and no others. Those that stand before
--    "compared" are needed to find a person's rows; the logins of grants can read them too. Never
--    grant anything to those logins themselves: each such grant fills a row of the catalogue.
DO $$
DECLARE
  thing text;
BEGIN
  FOR thing IN SELECT DISTINCT a.attrelid::regclass::text
    FROM pg_catalog.pg_attribute a, pg_catalog.aclexplode(a.attacl) given
    WHERE given.grantee = '{{scope}}'::regrole LOOP
    EXECUTE pg_catalog.format('REVOKE ALL ON %s FROM {{scope}}', thing);
  END LOOP;
  FOR thing IN SELECT DISTINCT n.nspname
    FROM pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) given
    WHERE given.grantee = '{{scope}}'::regrole LOOP
    EXECUTE pg_catalog.format('REVOKE ALL ON SCHEMA %I FROM {{scope}}', thing);
  END LOOP;
END $$;
{{base_grants}}

-- 3. What was installed stands as the scope's comment, so that a later check can compare.
DO $$
DECLARE
  objects text;
BEGIN
  SET LOCAL search_path = pg_catalog, pg_temp;
  objects := ({{objects_query}});
  EXECUTE pg_catalog.format('COMMENT ON ROLE {{scope}} IS %L', pg_catalog.jsonb_build_object(
    'sandglass', {{format}}, 'database', pg_catalog.current_database(), 'map_sha256', '{{map_sha256}}',
    'installed_at', extract(epoch FROM clock_timestamp()), 'objects', objects,
    'keys', {{keys_literal}}::jsonb, 'definition', {{definition_literal}}));
END $$;
