-- Ends every grant that had a login on the tables, and takes away the roles of the weaker way.
DO $$
DECLARE
  role_name name;
  process integer;
BEGIN
  FOR role_name IN SELECT rolname FROM pg_catalog.pg_roles WHERE rolname ~ '{{session_pattern}}' LOOP
    EXECUTE pg_catalog.format('ALTER ROLE %I NOLOGIN', role_name);
    FOR i IN 1..200 LOOP
      FOR process IN SELECT pid FROM pg_catalog.pg_stat_activity WHERE usename = role_name LOOP
        PERFORM pg_catalog.pg_terminate_backend(process);
      END LOOP;
      PERFORM pg_catalog.pg_stat_clear_snapshot();
      EXIT WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE usename = role_name);
      PERFORM pg_catalog.pg_sleep(0.01);
    END LOOP;
    EXECUTE pg_catalog.format('DROP OWNED BY %I CASCADE', role_name);
    EXECUTE pg_catalog.format('DROP ROLE %I', role_name);
  END LOOP;
  FOR role_name IN SELECT rolname FROM pg_catalog.pg_roles
    WHERE rolname IN ('{{scope}}', '{{broker}}', '{{watchman}}') LOOP
    EXECUTE pg_catalog.format('DROP OWNED BY %I CASCADE', role_name);
  END LOOP;
END $$;
DROP ROLE IF EXISTS {{broker}};
DROP ROLE IF EXISTS {{watchman}};
DROP ROLE IF EXISTS {{scope}};
