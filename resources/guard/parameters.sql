-- Parameters of the server that members may set, which PostgreSQL can grant since version 15.
SELECT DISTINCT format('%s: %s %s', CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
         a.privilege_type, p.parname)
  FROM pg_catalog.pg_parameter_acl p, pg_catalog.aclexplode(p.paracl) a
 WHERE a.grantee = 0 OR a.grantee IN (
   SELECT g.oid FROM pg_catalog.pg_roles g, {{schema}}.logins l JOIN pg_catalog.pg_roles r ON r.rolname = l.login
    WHERE pg_has_role(r.oid, g.oid, 'MEMBER') AND NOT r.rolsuper)
