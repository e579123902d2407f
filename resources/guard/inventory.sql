-- What guards the workspace, as the server's catalogue has it: one row for each part of an item. Who
-- checks runs this herself; nothing in the workspace is asked, so nothing in it can answer wrongly.
-- What the owner may do with her own, and constraints for NOT NULL, which a column says itself, differ
-- between versions of the server and say nothing.
WITH here AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = '{{schema}}'),
tables AS (
  SELECT c.*, c.relowner::regrole::text AS owner
    FROM pg_catalog.pg_class c, here h
   WHERE c.relnamespace = h.oid AND c.relkind NOT IN ('i', 'I')
)
SELECT 'table ' || relname AS item,
       json_build_array(relkind, relpersistence, owner, relrowsecurity, relforcerowsecurity, reloptions) AS part
  FROM tables
UNION ALL
SELECT 'table ' || t.relname, json_build_array('right', a.grantee::regrole, a.privilege_type, a.is_grantable)
  FROM tables t, pg_catalog.aclexplode(t.relacl) a WHERE a.grantee <> t.relowner
UNION ALL
SELECT 'table ' || t.relname, json_build_array('column', d.attname, pg_catalog.format_type(d.atttypid, d.atttypmod),
       d.attnotnull, d.attgenerated, d.attidentity, pg_catalog.pg_get_expr(e.adbin, e.adrelid))
  FROM tables t JOIN pg_catalog.pg_attribute d ON d.attrelid = t.oid AND d.attnum > 0 AND NOT d.attisdropped
  LEFT JOIN pg_catalog.pg_attrdef e ON e.adrelid = t.oid AND e.adnum = d.attnum
 WHERE t.relkind <> 'S'
UNION ALL
SELECT 'table ' || t.relname, json_build_array('right', d.attname, a.grantee::regrole, a.privilege_type, a.is_grantable)
  FROM tables t JOIN pg_catalog.pg_attribute d ON d.attrelid = t.oid AND NOT d.attisdropped, pg_catalog.aclexplode(d.attacl) a
UNION ALL
SELECT 'table ' || t.relname, json_build_array('constraint', n.conname, n.convalidated, pg_catalog.pg_get_constraintdef(n.oid))
  FROM tables t JOIN pg_catalog.pg_constraint n ON n.conrelid = t.oid AND NOT (n.contype = 'n' AND n.convalidated)
UNION ALL
SELECT 'table ' || t.relname, json_build_array('index', x.indisvalid, x.indisready, pg_catalog.pg_get_indexdef(x.indexrelid))
  FROM tables t JOIN pg_catalog.pg_index x ON x.indrelid = t.oid
UNION ALL
SELECT 'table ' || t.relname, json_build_array('trigger', g.tgenabled, pg_catalog.pg_get_triggerdef(g.oid))
  FROM tables t JOIN pg_catalog.pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal
UNION ALL
SELECT 'table ' || t.relname, json_build_array('internal trigger', g.tgenabled, n.conname)
  FROM tables t JOIN pg_catalog.pg_trigger g ON g.tgrelid = t.oid AND g.tgisinternal
  JOIN pg_catalog.pg_constraint n ON n.oid = g.tgconstraint
UNION ALL
SELECT 'table ' || t.relname, json_build_array('policy', p.policyname, p.permissive, p.roles, p.cmd, p.qual, p.with_check)
  FROM tables t JOIN pg_catalog.pg_policies p ON p.schemaname = '{{schema}}' AND p.tablename = t.relname
UNION ALL
SELECT 'table ' || t.relname, json_build_array('rule', r.rulename, r.ev_enabled, pg_catalog.pg_get_ruledef(r.oid))
  FROM tables t JOIN pg_catalog.pg_rewrite r ON r.ev_class = t.oid
UNION ALL
-- Rows of a table that was made a part of another are rows of that one, too.
SELECT 'table ' || t.relname, json_build_array('has a part', i.inhrelid::regclass)
  FROM tables t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid
UNION ALL
SELECT 'function ' || p.proname, json_build_array(
         p.proowner::regrole, p.prokind, l.lanname, p.prosecdef, p.proleakproof, p.proisstrict, p.proretset,
         p.provolatile, p.proparallel, p.prosupport::oid, p.proconfig,
         pg_catalog.pg_get_function_arguments(p.oid), pg_catalog.pg_get_function_result(p.oid),
         p.prosrc, p.probin, pg_catalog.pg_get_function_sqlbody(p.oid))
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang, here h
 WHERE p.pronamespace = h.oid
UNION ALL
SELECT 'function ' || p.proname, json_build_array('right', a.grantee::regrole, a.privilege_type, a.is_grantable)
  FROM pg_catalog.pg_proc p, here h,
       pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
 WHERE p.pronamespace = h.oid
UNION ALL
SELECT 'schema', json_build_array(n.nspowner::regrole, a.grantee::regrole, a.privilege_type, a.is_grantable)
  FROM pg_catalog.pg_namespace n,
       pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) a
 WHERE n.nspname = '{{schema}}'
UNION ALL
SELECT 'type ' || t.typname, json_build_array(t.typtype, t.typowner::regrole)
  FROM pg_catalog.pg_type t, here h
 WHERE t.typnamespace = h.oid AND t.typrelid = 0 AND t.typcategory <> 'A'
UNION ALL
SELECT 'operator ' || o.oprname, json_build_array(o.oprleft::regtype, o.oprright::regtype, o.oprcode)
  FROM pg_catalog.pg_operator o, here h WHERE o.oprnamespace = h.oid
UNION ALL
SELECT 'collation ' || c.collname, json_build_array(c.collprovider, c.collisdeterministic)
  FROM pg_catalog.pg_collation c, here h WHERE c.collnamespace = h.oid
