-- This source was given another way in before. It is taken away first, unless access is open.
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname ~ '{{session_pattern}}'
    AND rolcanlogin AND coalesce(rolvaliduntil, 'infinity') > clock_timestamp()) THEN
    RAISE EXCEPTION 'access is open or granted: close it, or wait, and run this again' USING ERRCODE = 'SG011';
  END IF;
END $$;
