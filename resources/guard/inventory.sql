-- What guards the workspace, as the server's catalogue has it: one line for each part of an item. Who
-- checks runs this herself; nothing in the workspace is asked, so nothing in it can answer wrongly.
WITH here AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = '{{schema}}'),
tables AS (
  SELECT c.oid, c.relname, c.relowner::regrole::text AS owner, c.relrowsecurity AS filtered,
         c.relkind, c.relacl
    FROM pg_catalog.pg_class c, here h
   WHERE c.relnamespace = h.oid AND c.relkind IN ('r', 'v', 'm', 'p', 'f', 'S')
)
SELECT 'table ' || relname AS item, concat_ws(' ', relkind, owner, filtered) AS part FROM tables
UNION ALL
SELECT 'table ' || t.relname, concat_ws(' ', 'right', a.grantee::regrole, a.privilege_type, a.is_grantable)
  FROM tables t, pg_catalog.aclexplode(t.relacl) a
UNION ALL
SELECT 'table ' || t.relname, concat_ws(' ', 'column', d.attname, pg_catalog.format_type(d.atttypid, d.atttypmod),
       d.attnotnull, d.attgenerated, pg_catalog.pg_get_expr(e.adbin, e.adrelid))
  FROM tables t JOIN pg_catalog.pg_attribute d ON d.attrelid = t.oid AND d.attnum > 0 AND NOT d.attisdropped
  LEFT JOIN pg_catalog.pg_attrdef e ON e.adrelid = t.oid AND e.adnum = d.attnum
 WHERE t.relkind <> 'S'
UNION ALL
SELECT 'table ' || t.relname, concat_ws(' ', 'right', d.attname, a.grantee::regrole, a.privilege_type, a.is_grantable)
  FROM tables t JOIN pg_catalog.pg_attribute d ON d.attrelid = t.oid AND NOT d.attisdropped, pg_catalog.aclexplode(d.attacl) a
UNION ALL
SELECT 'table ' || t.relname, concat_ws(' ', 'constraint', n.conname, n.convalidated, pg_catalog.pg_get_constraintdef(n.oid))
  FROM tables t JOIN pg_catalog.pg_constraint n ON n.conrelid = t.oid
UNION ALL
SELECT 'table ' || t.relname, concat_ws(' ', 'trigger', g.tgenabled, pg_catalog.pg_get_triggerdef(g.oid))
  FROM tables t JOIN pg_catalog.pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal
UNION ALL
SELECT 'table ' || t.relname, concat_ws(' ', 'internal trigger', g.tgenabled, n.conname)
  FROM tables t JOIN pg_catalog.pg_trigger g ON g.tgrelid = t.oid AND g.tgisinternal
  JOIN pg_catalog.pg_constraint n ON n.oid = g.tgconstraint
UNION ALL
SELECT 'table ' || t.relname, concat_ws(' ', 'policy', p.policyname, p.permissive, p.roles, p.cmd, p.qual, p.with_check)
  FROM tables t JOIN pg_catalog.pg_policies p ON p.schemaname = '{{schema}}' AND p.tablename = t.relname
UNION ALL
SELECT 'table ' || t.relname, concat_ws(' ', 'rule', r.rulename, pg_catalog.pg_get_ruledef(r.oid))
  FROM tables t JOIN pg_catalog.pg_rewrite r ON r.ev_class = t.oid
UNION ALL
SELECT 'function ' || p.proname, concat_ws(' ', p.proowner::regrole, pg_catalog.pg_get_functiondef(p.oid))
  FROM pg_catalog.pg_proc p, here h WHERE p.pronamespace = h.oid AND p.prokind IN ('f', 'p')
UNION ALL
SELECT 'function ' || p.proname, concat_ws(' ', 'right', a.grantee::regrole, a.privilege_type, a.is_grantable)
  FROM pg_catalog.pg_proc p, here h, pg_catalog.aclexplode(p.proacl) a WHERE p.pronamespace = h.oid
UNION ALL
SELECT 'schema', concat_ws(' ', n.nspowner::regrole, a.grantee::regrole, a.privilege_type, a.is_grantable)
  FROM pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a WHERE n.nspname = '{{schema}}'
UNION ALL
SELECT 'server', concat_ws(' ', 'event trigger', evtname, evtenabled, evtfoid::regproc)
  FROM pg_catalog.pg_event_trigger
UNION ALL
-- In a replica foreign keys are not looked at, and who may say that of herself passes them by.
SELECT 'server', concat_ws(' ', 'setting', s.setdatabase, s.setrole, c.setting)
  FROM pg_catalog.pg_db_role_setting s, unnest(s.setconfig) AS c (setting)
 WHERE c.setting LIKE 'session_replication_role=%'
ORDER BY 1, 2
