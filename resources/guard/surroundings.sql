-- What acts on a workspace from outside of its schema: kind of flaw, what it is. The server's own are
-- numbered below 16384, in the schema 11; what belongs to an extension came with it, as a superuser decided.
WITH here AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = '{{schema}}'),
database AS (SELECT oid, datdba FROM pg_catalog.pg_database WHERE datname = current_database()),
members AS (
  SELECT r.oid, r.rolname FROM {{schema}}.logins l JOIN pg_catalog.pg_roles r ON r.rolname = l.login
    JOIN {{schema}}.members m ON m.id = l.member WHERE m.left_at IS NULL
),
workspace_roles AS (
  SELECT * FROM pg_catalog.pg_roles
   WHERE rolname IN ('{{owner}}', '{{members}}', '{{officer}}', '{{approver}}', '{{administrator}}', '{{auditor}}')
),
strange AS (
  SELECT 'function ' || p.oid::regprocedure::text AS what, p.oid, 'pg_proc'::regclass::oid AS catalogue
    FROM pg_catalog.pg_proc p WHERE p.pronamespace = 11::oid
  UNION ALL
  SELECT 'operator ' || o.oid::regoperator::text, o.oid, 'pg_operator'::regclass::oid
    FROM pg_catalog.pg_operator o WHERE o.oprnamespace = 11::oid
  UNION ALL
  SELECT format('cast from %s to %s', c.castsource::regtype, c.casttarget::regtype), c.oid, 'pg_cast'::regclass::oid
    FROM pg_catalog.pg_cast c
)
SELECT 'acts_beside', 'event trigger ' || evtname FROM pg_catalog.pg_event_trigger
UNION ALL
SELECT 'acts_beside', 'publication ' || pubname FROM pg_catalog.pg_publication
UNION ALL
SELECT 'acts_beside', 'subscription ' || s.subname
  FROM pg_catalog.pg_subscription s JOIN database d ON d.oid = s.subdbid
UNION ALL
SELECT 'acts_beside', 'foreign server ' || srvname FROM pg_catalog.pg_foreign_server
UNION ALL
SELECT 'acts_beside', s.what FROM strange s
 WHERE s.oid >= 16384::oid AND NOT EXISTS (
   SELECT FROM pg_catalog.pg_depend
    WHERE classid = s.catalogue AND objid = s.oid AND deptype = 'e')
UNION ALL
SELECT DISTINCT 'acts_beside', 'default rights of ' || a.defaclrole::regrole
  FROM pg_catalog.pg_default_acl a, here h
 WHERE a.defaclnamespace = h.oid OR a.defaclrole IN (SELECT oid FROM workspace_roles)
UNION ALL
-- Owner and groups are entered by nobody; they are what logins belong to.
SELECT 'group_enters', rolname FROM workspace_roles
 WHERE rolcanlogin OR rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls
UNION ALL
SELECT 'unfit_login', m.rolname || ' as owner of the database'
  FROM members m, database d WHERE pg_has_role(m.oid, d.datdba, 'MEMBER')
UNION ALL
-- By these rules are passed by, read in another way, or what members do is noted down elsewhere.
SELECT 'setting', format('%s for %s', c.setting,
         CASE s.setrole WHEN 0 THEN 'all' ELSE s.setrole::regrole::text END)
  FROM pg_catalog.pg_db_role_setting s, unnest(s.setconfig) AS c (setting), database d
 WHERE s.setdatabase IN (0, d.oid) AND (s.setrole = 0 OR s.setrole IN (SELECT oid FROM members))
   AND split_part(c.setting, '=', 1) ~ ('^(session_replication_role|search_path|role|session_authorization'
     '|row_security|(local|session)_preload_libraries|event_triggers|log_.*|debug_print_.*|auto_explain\..*'
     '|default_transaction_.*|synchronous_commit|transform_null_equals|standard_conforming_strings'
     '|bytea_output|plpgsql\..*)$')
UNION ALL
SELECT 'setting', 'session_replication_role=' || current_setting('session_replication_role') || ' for all'
 WHERE current_setting('session_replication_role') <> 'origin'
