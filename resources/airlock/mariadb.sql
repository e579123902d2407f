-- 1. Logins. Nobody can log in as the owner: the account is locked. The two logins can call verbs
--    and read no table. Passwords stand here as the server keeps them: this script holds no secret.
--    What is there already is looked at first: a script that must not be run changes nothing.
DELIMITER //
BEGIN NOT ATOMIC
  IF EXISTS (SELECT 1 FROM information_schema.tables t WHERE t.table_schema = '{{schema}}' AND t.table_name = 'secret') THEN
    IF EXISTS (SELECT 1 FROM `{{schema}}`.secret s WHERE s.kind = 'officers' AND s.sha256 <> x'{{officers_sha256}}') THEN
      SIGNAL SQLSTATE 'SG012' SET MESSAGE_TEXT = 'this airlock belongs to other keys';
    END IF;
  END IF;
  IF EXISTS (SELECT 1 FROM information_schema.tables t WHERE t.table_schema = '{{schema}}' AND t.table_name = 'ledger') THEN
    IF EXISTS (SELECT 1 FROM `{{schema}}`.ledger l WHERE l.state IN ('opening', 'ready', 'open')) THEN
      SIGNAL SQLSTATE 'SG011' SET MESSAGE_TEXT = 'access is open or granted: close it, or wait, and run this again';
    END IF;
  END IF;
END//
DELIMITER ;
CREATE DATABASE IF NOT EXISTS `{{schema}}` CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
CREATE USER IF NOT EXISTS '{{owner}}'@'localhost' IDENTIFIED VIA mysql_native_password USING 'invalid' ACCOUNT LOCK;
REVOKE ALL PRIVILEGES, GRANT OPTION FROM '{{owner}}'@'localhost';
ALTER USER '{{owner}}'@'localhost' ACCOUNT LOCK;
GRANT CREATE USER, CONNECTION ADMIN, PROCESS ON *.* TO '{{owner}}'@'localhost';
GRANT ALL ON `{{schema}}`.* TO '{{owner}}'@'localhost' WITH GRANT OPTION;
GRANT SELECT (Host, User) ON mysql.global_priv TO '{{owner}}'@'localhost';
GRANT SELECT ON mysql.db TO '{{owner}}'@'localhost';
GRANT SELECT ON mysql.tables_priv TO '{{owner}}'@'localhost';
GRANT SELECT ON mysql.columns_priv TO '{{owner}}'@'localhost';
GRANT SELECT ON mysql.procs_priv TO '{{owner}}'@'localhost';
GRANT SELECT (Host, User, default_role,
  Select_priv, Insert_priv, Update_priv, Delete_priv, Create_priv, Drop_priv, Reload_priv, Shutdown_priv,
  Process_priv, File_priv, Grant_priv, References_priv, Index_priv, Alter_priv, Show_db_priv, Super_priv,
  Create_tmp_table_priv, Lock_tables_priv, Execute_priv, Repl_slave_priv, Repl_client_priv, Create_view_priv,
  Show_view_priv, Create_routine_priv, Alter_routine_priv, Create_user_priv, Event_priv, Trigger_priv,
  Create_tablespace_priv, Delete_history_priv) ON mysql.user TO '{{owner}}'@'localhost';
GRANT SELECT ON mysql.roles_mapping TO '{{owner}}'@'localhost';
GRANT SELECT ON mysql.proxies_priv TO '{{owner}}'@'localhost';
CREATE OR REPLACE USER '{{gatekeeper}}'@'%' IDENTIFIED BY PASSWORD '{{gatekeeper_verifier}}' WITH MAX_USER_CONNECTIONS 20;
CREATE OR REPLACE USER '{{watchman}}'@'%' IDENTIFIED BY PASSWORD '{{watchman_verifier}}' WITH MAX_USER_CONNECTIONS 100;

-- 2. What may be read at all: the owner of the views gets these columns and no others. Those that
--    stand after "compared" are needed to find a person's rows and are handed to nobody.
{{base_grants}}

-- 3. The ledger: who was let in to what, for whom, how long. Times are UTC. The person's identities
--    are taken out as soon as the grant is closed.
SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin;
SET SESSION time_zone = '+00:00';
USE `{{schema}}`;
CREATE TABLE IF NOT EXISTS about (
  one int NOT NULL PRIMARY KEY DEFAULT 1 CHECK (one = 1),
  format int NOT NULL,
  source varchar(200) NOT NULL,
  map_sha256 char(64) NOT NULL,
  definition longtext NOT NULL,
  objects char(32) NOT NULL DEFAULT '',
  is_whole bool NOT NULL DEFAULT false,
  installed_at datetime(6) NOT NULL,
  minutes_at_most int NOT NULL DEFAULT 240 CHECK (minutes_at_most BETWEEN 1 AND 1440),
  live_at_most int NOT NULL DEFAULT 50 CHECK (live_at_most BETWEEN 1 AND 500)
) ENGINE = InnoDB;
CREATE TABLE IF NOT EXISTS secret (
  kind varchar(200) NOT NULL PRIMARY KEY,
  sha256 binary(32) NOT NULL,
  held binary(32)
) ENGINE = InnoDB;
CREATE TABLE IF NOT EXISTS ledger (
  grant_id char(16) NOT NULL PRIMARY KEY CHECK (grant_id REGEXP '^[0-9a-f]{16}$'),
  user_name varchar(80) NOT NULL UNIQUE,
  state enum('opening', 'ready', 'open', 'closing', 'closed', 'counting') NOT NULL,
  requester varchar(200) NOT NULL,
  approver varchar(200) NOT NULL,
  reference varchar(200) NOT NULL,
  asked_mac binary(32) NOT NULL,
  closing_sha256 char(64) NOT NULL,
  minutes int NOT NULL,
  opened_at datetime(6) NOT NULL,
  start_by datetime(6) NOT NULL,
  begun_at datetime(6),
  deadline datetime(6),
  closed_at datetime(6),
  close_reason varchar(200),
  gone_at datetime(6),
  ended_sessions int NOT NULL DEFAULT 0,
  KEY (state),
  CHECK (requester <> approver OR state = 'counting'),
  CHECK (state <> 'open' OR deadline IS NOT NULL)
) ENGINE = InnoDB;
CREATE TABLE IF NOT EXISTS granted (
  grant_id char(16) NOT NULL,
  collection varchar(200) NOT NULL,
  place int NOT NULL,
  column_name varchar(64) NOT NULL,
  PRIMARY KEY (grant_id, collection, place),
  FOREIGN KEY (grant_id) REFERENCES ledger (grant_id) ON DELETE CASCADE
) ENGINE = InnoDB;
CREATE TABLE IF NOT EXISTS known (
  grant_id char(16) NOT NULL,
  kind varchar(100) NOT NULL,
  place int NOT NULL,
  form varchar(1000) NOT NULL CHECK (form <> ''),
  PRIMARY KEY (grant_id, kind, place),
  FOREIGN KEY (grant_id) REFERENCES ledger (grant_id) ON DELETE CASCADE
) ENGINE = InnoDB;
CREATE TABLE IF NOT EXISTS unattested (
  grant_id char(16) NOT NULL,
  origin varchar(300) NOT NULL,
  at_most int NOT NULL,
  PRIMARY KEY (grant_id, origin),
  FOREIGN KEY (grant_id) REFERENCES ledger (grant_id) ON DELETE CASCADE
) ENGINE = InnoDB;
CREATE TABLE IF NOT EXISTS brought (
  grant_id char(16) NOT NULL,
  origin varchar(300) NOT NULL,
  place int NOT NULL,
  parts longtext,
  PRIMARY KEY (grant_id, origin, place),
  FOREIGN KEY (grant_id) REFERENCES ledger (grant_id) ON DELETE CASCADE
) ENGINE = InnoDB;
-- Covers of keys on their way here.
CREATE TABLE IF NOT EXISTS pads (
  connection bigint NOT NULL PRIMARY KEY,
  pad binary(32) NOT NULL
) ENGINE = MEMORY;
-- Which savepoint, of a name that nobody knows, tells that a transaction is one that we began.
CREATE TABLE IF NOT EXISTS snapshots (
  connection bigint NOT NULL PRIMARY KEY,
  savepoint char(32) NOT NULL
) ENGINE = MEMORY;
INSERT INTO about (format, source, map_sha256, definition, installed_at)
  VALUES ({{format}}, {{source_literal}}, '{{map_sha256}}', '', SYSDATE(6))
  ON DUPLICATE KEY UPDATE format = VALUES(format), source = VALUES(source),
    map_sha256 = VALUES(map_sha256), installed_at = VALUES(installed_at), is_whole = false;
{{commitments}}
-- 4. HMAC-SHA-256 (RFC 2104) in plain SQL: no plugin is needed.
DELIMITER //
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' FUNCTION `padded`(p_key binary(64), p_with char(16)) RETURNS binary(64)
DETERMINISTIC NO SQL SQL SECURITY DEFINER
BEGIN
  DECLARE turned varbinary(64) DEFAULT '';
  DECLARE place int DEFAULT 1;
  WHILE place < 64 DO
    SET turned = CONCAT(turned, UNHEX(LPAD(HEX(CONV(HEX(SUBSTR(p_key, place, 8)), 16, 10) ^ CONV(p_with, 16, 10)), 16, '0')));
    SET place = place + 8;
  END WHILE;
  RETURN turned;
END//
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' FUNCTION `hmac`(p_key binary(32), p_message longblob) RETURNS binary(32)
DETERMINISTIC NO SQL SQL SECURITY DEFINER
BEGIN
  DECLARE whole binary(64) DEFAULT CONCAT(p_key, REPEAT(x'00', 32));
  RETURN UNHEX(SHA2(CONCAT(padded(whole, '5c5c5c5c5c5c5c5c'),
    UNHEX(SHA2(CONCAT(padded(whole, '3636363636363636'), p_message), 256))), 256));
END//
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `must_fit`(p_kind varchar(200), p_text longtext, p_mac varbinary(64))
READS SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE key_held binary(32);
  SET key_held = (SELECT s.held FROM secret s WHERE s.kind = p_kind);
  IF key_held IS NULL THEN
    SIGNAL SQLSTATE 'SG003' SET MESSAGE_TEXT = 'the key is not set';
  END IF;
  IF p_mac IS NULL OR p_text IS NULL OR NOT hmac(key_held, CAST(p_text AS BINARY)) <=> p_mac THEN
    SIGNAL SQLSTATE 'SG001' SET MESSAGE_TEXT = 'not genuine';
  END IF;
END//
-- A key is taken from whoever holds it, if it is the very key that this script was made for. What
-- a login says is seen by everybody who shares it, so the key comes covered by a pad that was given
-- to this connection just before, and is good for one time.
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `pad`()
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE fresh binary(32);
  DECLARE CONTINUE HANDLER FOR 1305  -- before MariaDB 10.10 there is no better chance
    SET fresh = UNHEX(SHA2(CONCAT_WS('|', UUID(), RAND(), UUID_SHORT(), SYSDATE(6),
      (SELECT SUM(CAST(g.variable_value AS DOUBLE)) FROM information_schema.global_status g)), 256));
  SET fresh = RANDOM_BYTES(32);
  REPLACE INTO pads (connection, pad) VALUES (CONNECTION_ID(), fresh);
  SELECT fresh AS pad;
END//
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' FUNCTION `uncovered`(p_covered binary(32), p_pad binary(32)) RETURNS binary(32)
DETERMINISTIC NO SQL SQL SECURITY DEFINER
BEGIN
  DECLARE turned varbinary(32) DEFAULT '';
  DECLARE place int DEFAULT 1;
  WHILE place < 32 DO
    SET turned = CONCAT(turned, UNHEX(LPAD(HEX(CONV(HEX(SUBSTR(p_covered, place, 8)), 16, 10)
      ^ CONV(HEX(SUBSTR(p_pad, place, 8)), 16, 10)), 16, '0')));
    SET place = place + 8;
  END WHILE;
  RETURN turned;
END//
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `set_key`(p_kind varchar(200), p_covered varbinary(64))
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE given binary(32) DEFAULT IF(LENGTH(p_covered) = 32,
    uncovered(p_covered, (SELECT p.pad FROM pads p WHERE p.connection = CONNECTION_ID())), NULL);
  DELETE FROM pads WHERE connection = CONNECTION_ID();
  COMMIT;
  UPDATE secret SET held = given WHERE kind = p_kind AND sha256 = UNHEX(SHA2(given, 256));
  COMMIT;
  SELECT EXISTS (SELECT 1 FROM secret s WHERE s.kind = p_kind AND s.held = given) AS is_taken;
END//
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `keys_held`()
READS SQL DATA SQL SECURITY DEFINER
BEGIN
  SELECT s.kind, LOWER(HEX(s.sha256)), s.held IS NOT NULL FROM secret s;
END//
-- New keys, proved under both old ones. Here they are only named: nobody has both, so each is
-- handed over by who has it, and until then this airlock opens nothing.
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `rekey`(
  p_officers varbinary(64), p_approvers varbinary(64), p_officers_mac varbinary(64), p_approvers_mac varbinary(64))
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE signed longtext DEFAULT CONCAT('sandglass-rekey-2:', (SELECT a.source FROM about a), ':',
    LOWER(HEX(p_officers)), ':', LOWER(HEX(p_approvers)));
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;
  SET SESSION completion_type = 0;
  COMMIT;
  CALL `must_fit`('officers', signed, p_officers_mac);
  CALL `must_fit`('approvers', signed, p_approvers_mac);
  IF (LENGTH(p_officers) = 32 AND LENGTH(p_approvers) = 32 AND p_officers <> p_approvers) IS NOT TRUE THEN
    SIGNAL SQLSTATE 'SG008' SET MESSAGE_TEXT = 'the documents do not fit';
  END IF;
  START TRANSACTION;
  UPDATE secret SET held = NULL, sha256 = p_officers WHERE kind = 'officers';
  UPDATE secret SET held = NULL, sha256 = p_approvers WHERE kind = 'approvers';
  COMMIT;
END//

-- 5. The gate. Every view asks for the deadline once and compares it with the wall clock at every
--    row. At the deadline it raises: a short answer must never look complete. SYSDATE is the wall
--    clock, NOW stands still in a statement and can be set; whoever asks in another time zone
--    would move SYSDATE, and gets nothing.
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' FUNCTION `caller`() RETURNS varchar(128)
NOT DETERMINISTIC NO SQL SQL SECURITY DEFINER
BEGIN
  RETURN LEFT(USER(), CHAR_LENGTH(USER()) - LOCATE('@', REVERSE(USER())));
END//
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' FUNCTION `mine`() RETURNS char(16)
DETERMINISTIC READS SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE found_grant char(16);
  DECLARE found_deadline datetime(6);
  DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END;
  SELECT l.grant_id, l.deadline INTO found_grant, found_deadline FROM ledger l
   WHERE l.user_name IN (caller(), CONCAT(caller(), '#', CONNECTION_ID())) AND l.state IN ('open', 'counting');
  IF found_grant IS NULL OR @@session.time_zone <> '+00:00' THEN
    SIGNAL SQLSTATE 'SG006' SET MESSAGE_TEXT = 'no access is open';
  END IF;
  IF SYSDATE(6) >= found_deadline THEN
    SIGNAL SQLSTATE 'SG007' SET MESSAGE_TEXT = 'access has expired';
  END IF;
  RETURN found_grant;
END//
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' FUNCTION `deadline`() RETURNS datetime(6)
DETERMINISTIC READS SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE it char(16) DEFAULT mine();
  RETURN (SELECT l.deadline FROM ledger l WHERE l.grant_id = it);
END//
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' FUNCTION `expired`() RETURNS bool
NOT DETERMINISTIC NO SQL SQL SECURITY DEFINER
BEGIN
  SIGNAL SQLSTATE 'SG007' SET MESSAGE_TEXT = 'access has expired';
  RETURN false;
END//
-- Inside a verb a session goes by the name of the owner: the list of sessions does not show whose
-- it is, and KILL USER passes it by. So whoever comes in holds a lock of the session's name.
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' FUNCTION `is_of`(p_login varchar(128), p_user varchar(128), p_connection bigint) RETURNS bool
NOT DETERMINISTIC NO SQL SQL SECURITY DEFINER
BEGIN
  RETURN p_user = p_login OR IS_USED_LOCK(CONCAT(p_login, '#', p_connection)) <=> p_connection;
END//
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' FUNCTION `sessions_of`(p_login varchar(128)) RETURNS int
NOT DETERMINISTIC READS SQL DATA SQL SECURITY DEFINER
BEGIN
  RETURN (SELECT COUNT(*) FROM information_schema.processlist p WHERE is_of(p_login, p.user, p.id));
END//
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `end_sessions`(p_login varchar(128))
READS SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE ended bigint DEFAULT 0;
  DECLARE CONTINUE HANDLER FOR 1094 BEGIN END;  -- it has left by itself
  again: LOOP
    SET ended = (SELECT MIN(p.id) FROM information_schema.processlist p WHERE p.id > ended AND is_of(p_login, p.user, p.id));
    IF ended IS NULL THEN
      LEAVE again;
    END IF;
    EXECUTE IMMEDIATE CONCAT('KILL HARD CONNECTION ', ended);
  END LOOP;
END//
-- Reading in a serializable transaction locks what is read, against those whose data it is. How a
-- transaction was begun cannot be told afterwards in time. So there is reading outside of any, or
-- in one that "snapshot" began, which holds a savepoint of a name that only the airlock knows.
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `come_in`()
READS SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE called char(32);
  DECLARE EXIT HANDLER FOR 1305
    SIGNAL SQLSTATE 'SG017' SET MESSAGE_TEXT = 'only in a transaction that snapshot began';
  -- What a statement is warned of may quote other people's values: nothing of it is kept.
  SET SESSION max_error_count = 0, profiling = 0;
  IF @@autocommit = 0 THEN
    SIGNAL SQLSTATE 'SG017' SET MESSAGE_TEXT = 'only in a transaction that snapshot began';
  END IF;
  SET SESSION time_zone = '+00:00', group_concat_max_len = 1073741824, default_regex_flags = '', completion_type = 0;
  IF COALESCE(GET_LOCK(CONCAT(caller(), '#', CONNECTION_ID()), 0), 0) <> 1 THEN
    SIGNAL SQLSTATE 'SG006' SET MESSAGE_TEXT = 'no access is open';
  END IF;
  IF @@in_transaction = 1 THEN
    SET called = (SELECT s.savepoint FROM snapshots s WHERE s.connection = CONNECTION_ID());
    IF called IS NULL THEN
      SIGNAL SQLSTATE 'SG017' SET MESSAGE_TEXT = 'only in a transaction that snapshot began';
    END IF;
    EXECUTE IMMEDIATE CONCAT('ROLLBACK TO SAVEPOINT `', called, '`');
    SAVEPOINT sandglass;
  END IF;
END//
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `snapshot`()
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE called char(32) DEFAULT LEFT(HEX(hmac((SELECT s.held FROM secret s WHERE s.kind = 'approvers'), CONCAT(UUID(), CONNECTION_ID()))), 32);
  SET SESSION completion_type = 0;
  COMMIT;
  SET SESSION autocommit = 1;
  CALL `come_in`();
  IF mine() IS NOT NULL THEN
    REPLACE INTO snapshots (connection, savepoint) VALUES (CONNECTION_ID(), called);
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
    START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY;
    EXECUTE IMMEDIATE CONCAT('SAVEPOINT `', called, '`');
    SAVEPOINT sandglass;
  END IF;
END//
-- The forms in which e-mail addresses and phone numbers are compared: spaces of every kind around
-- an address are left out; digits of other scripts become plain ones.
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' FUNCTION `spaces_around`() RETURNS varchar(200)
DETERMINISTIC NO SQL SQL SECURITY DEFINER
BEGIN
  RETURN {{spaces}};
END//
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' FUNCTION `plain_digits`(p_text longtext) RETURNS longtext
DETERMINISTIC NO SQL SQL SECURITY DEFINER
BEGIN
  DECLARE others varchar(30) DEFAULT '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹０１２３４５６７８９';
  DECLARE place int DEFAULT 0;
  WHILE place < 30 DO
    SET p_text = REPLACE(p_text, SUBSTR(others, place + 1, 1), place % 10);
    SET place = place + 1;
  END WHILE;
  RETURN p_text;
END//

-- 6. open: the entry in the ledger comes first, then the login, locked, then what it may call; it
--    is unlocked last. Whatever stops in between leaves a login that nobody can use, and its name.
--    It needs what was asked under the officers' key and what was allowed under the approvers' key.
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `open`(
  p_asked longtext, p_asked_mac varbinary(64), p_allowed longtext, p_allowed_mac varbinary(64))
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE id, source_asked, hash, closing, asker, decider, about_what, found_state text;
  DECLARE asked_minutes, allowed_minutes, last_second, first_second bigint;
  DECLARE known_mac binary(32);
  DECLARE found_start datetime(6);
  DECLARE login varchar(128);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;
  SET SESSION completion_type = 0;
  COMMIT;
  SET SESSION time_zone = '+00:00', default_regex_flags = '', autocommit = 1;
  CALL `must_fit`('officers', p_asked, p_asked_mac);
  CALL `must_fit`('approvers', p_allowed, p_allowed_mac);
  SET id = JSON_VALUE(p_asked, '$.grant');
  SET hash = JSON_VALUE(p_asked, '$.verifier');
  SET closing = JSON_VALUE(p_asked, '$.closing_sha256');
  SET asker = JSON_VALUE(p_asked, '$.requester');
  SET decider = JSON_VALUE(p_allowed, '$.approver');
  SET about_what = JSON_VALUE(p_asked, '$.reference');
  SET asked_minutes = number_in(p_asked, '$.minutes');
  SET allowed_minutes = number_in(p_allowed, '$.minutes');
  SET last_second = number_in(p_asked, '$.not_after');
  SET first_second = number_in(p_allowed, '$.start_by');
  -- All of it must be true; what is missing is not.
  IF (has_texts(p_asked, 12, '["format", "grant", "source", "reference", "requester", "verifier", "closing_sha256"]')
      AND has_texts(p_allowed, 5, '["format", "asked_mac", "approver"]')
      AND JSON_VALUE(p_asked, '$.format') = 'sandglass-asked-1'
      AND JSON_VALUE(p_allowed, '$.format') = 'sandglass-allowed-1'
      AND JSON_VALUE(p_asked, '$.source') = (SELECT a.source FROM about a)
      AND JSON_VALUE(p_allowed, '$.asked_mac') = LOWER(HEX(p_asked_mac))
      AND id REGEXP '^[0-9a-f]{16}$' AND CHAR_LENGTH(id) = 16
      AND hash REGEXP '^[*][0-9A-F]{40}$' AND CHAR_LENGTH(hash) = 41
      AND asker <> decider AND asker <> '' AND decider <> '' AND about_what <> ''
      AND CHAR_LENGTH(asker) <= 200 AND CHAR_LENGTH(decider) <= 200 AND CHAR_LENGTH(about_what) <= 200
      AND closing REGEXP '^[0-9a-f]{64}$' AND CHAR_LENGTH(closing) = 64
      AND last_second > 0 AND first_second > 0
      AND allowed_minutes BETWEEN 1 AND asked_minutes
      AND allowed_minutes <= (SELECT a.minutes_at_most FROM about a)) IS NOT TRUE THEN
    SIGNAL SQLSTATE 'SG008' SET MESSAGE_TEXT = 'the documents do not fit';
  END IF;
  IF (SELECT a.is_whole FROM about a) IS NOT TRUE THEN
    SIGNAL SQLSTATE 'SG013' SET MESSAGE_TEXT = 'the script did not run to its end';
  END IF;
  SET login = CONCAT('{{session_prefix}}', id);
  SET found_state = (SELECT l.state FROM ledger l WHERE l.grant_id = id);
  IF found_state IS NULL THEN
    IF UNIX_TIMESTAMP(SYSDATE(6)) > last_second OR UNIX_TIMESTAMP(SYSDATE(6)) >= first_second THEN
      SIGNAL SQLSTATE 'SG002' SET MESSAGE_TEXT = 'the time to open has passed';
    END IF;
    START TRANSACTION;
    DO (SELECT a.one FROM about a FOR UPDATE);
    IF (SELECT COUNT(*) FROM ledger l WHERE l.state IN ('opening', 'ready', 'open', 'closing'))
        >= (SELECT a.live_at_most FROM about a) THEN
      SIGNAL SQLSTATE 'SG004' SET MESSAGE_TEXT = 'too many grants are live';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM ledger l WHERE l.grant_id = id) THEN
      INSERT INTO ledger (grant_id, user_name, state, requester, approver, reference, asked_mac,
        closing_sha256, minutes, opened_at, start_by)
      VALUES (id, login, 'opening', asker, decider, about_what, p_asked_mac, closing, allowed_minutes,
        SYSDATE(6), FROM_UNIXTIME(first_second));
      CALL `note`(id, p_asked);
    END IF;
    COMMIT;
  END IF;
  SELECT l.state, l.asked_mac, l.start_by INTO found_state, known_mac, found_start FROM ledger l WHERE l.grant_id = id;
  IF (known_mac = p_asked_mac AND found_state IN ('opening', 'ready', 'open')) IS NOT TRUE THEN
    SIGNAL SQLSTATE 'SG005' SET MESSAGE_TEXT = 'this grant is spent';
  END IF;
  IF found_state = 'opening' THEN
    EXECUTE IMMEDIATE CONCAT('CREATE OR REPLACE USER ''', login, '''@''%'' IDENTIFIED BY PASSWORD ''', hash,
      ''' WITH MAX_USER_CONNECTIONS 3 ACCOUNT LOCK');
    EXECUTE IMMEDIATE CONCAT('GRANT EXECUTE ON PROCEDURE `{{schema}}`.`begin` TO ''', login, '''@''%''');
    EXECUTE IMMEDIATE CONCAT('GRANT EXECUTE ON PROCEDURE `{{schema}}`.`snapshot` TO ''', login, '''@''%''');
    EXECUTE IMMEDIATE CONCAT('GRANT EXECUTE ON PROCEDURE `{{schema}}`.`is_working` TO ''', login, '''@''%''');
    EXECUTE IMMEDIATE CONCAT('GRANT EXECUTE ON PROCEDURE `{{schema}}`.`stop` TO ''', login, '''@''%''');
    EXECUTE IMMEDIATE CONCAT('GRANT EXECUTE ON PROCEDURE `{{schema}}`.`read` TO ''', login, '''@''%''');
    EXECUTE IMMEDIATE CONCAT('GRANT EXECUTE ON PROCEDURE `{{schema}}`.`shape` TO ''', login, '''@''%''');
    EXECUTE IMMEDIATE CONCAT('GRANT EXECUTE ON PROCEDURE `{{schema}}`.`shared` TO ''', login, '''@''%''');
    EXECUTE IMMEDIATE CONCAT('GRANT EXECUTE ON PROCEDURE `{{schema}}`.`attest` TO ''', login, '''@''%''');
    EXECUTE IMMEDIATE CONCAT('GRANT EXECUTE ON PROCEDURE `{{schema}}`.`bring` TO ''', login, '''@''%''');
    UPDATE ledger SET state = 'ready' WHERE grant_id = id AND state = 'opening';
    COMMIT;
    EXECUTE IMMEDIATE CONCAT('ALTER USER ''', login, '''@''%'' ACCOUNT UNLOCK');
    -- It may have been closed at this very moment: then nothing of it may stay.
    IF (SELECT l.state FROM ledger l WHERE l.grant_id = id) NOT IN ('ready', 'open') THEN
      EXECUTE IMMEDIATE CONCAT('DROP USER IF EXISTS ''', login, '''@''%''');
      SIGNAL SQLSTATE 'SG005' SET MESSAGE_TEXT = 'this grant is spent';
    END IF;
  END IF;
  SELECT UNIX_TIMESTAMP(found_start) AS start_by;
END//
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' FUNCTION `number_in`(p_text longtext, p_path varchar(100)) RETURNS bigint
DETERMINISTIC NO SQL SQL SECURITY DEFINER
BEGIN
  DECLARE written text DEFAULT JSON_EXTRACT(p_text, p_path);
  RETURN IF(written REGEXP '^[0-9]{1,12}$', CAST(written AS UNSIGNED), NULL);
END//
-- Whether a document has so many names, none twice, and among them these with texts.
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' FUNCTION `has_texts`(p_text longtext, p_names int, p_texts longtext) RETURNS bool
DETERMINISTIC NO SQL SQL SECURITY DEFINER
BEGIN
  RETURN (JSON_TYPE(p_text) = 'OBJECT' AND JSON_LENGTH(p_text) = p_names AND JSON_LENGTH(JSON_KEYS(p_text)) = p_names
    AND NOT EXISTS (SELECT 1 FROM JSON_TABLE(p_texts, '$[*]' COLUMNS (name varchar(100) PATH '$')) t
      WHERE (JSON_TYPE(JSON_EXTRACT(p_text, CONCAT('$.', t.name))) = 'STRING') IS NOT TRUE)) IS TRUE;
END//
-- Whether it is an object of lists of texts, no name twice.
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' FUNCTION `has_lists`(p_text longtext) RETURNS bool
DETERMINISTIC NO SQL SQL SECURITY DEFINER
BEGIN
  RETURN (JSON_TYPE(p_text) = 'OBJECT' AND JSON_LENGTH(p_text) = JSON_LENGTH(JSON_KEYS(p_text))
    AND NOT EXISTS (SELECT 1 FROM JSON_TABLE(p_text, '$.*' COLUMNS (whole JSON PATH '$')) l
      WHERE (JSON_TYPE(l.whole) = 'ARRAY') IS NOT TRUE)
    AND NOT EXISTS (SELECT 1 FROM JSON_TABLE(p_text, '$.*[*]' COLUMNS (whole JSON PATH '$')) l
      WHERE (JSON_TYPE(l.whole) = 'STRING') IS NOT TRUE)) IS TRUE;
END//
-- Takes apart what was asked: fields, identities, keys that no airlock attests.
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `note`(p_grant char(16), p_asked longtext)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE fields longtext DEFAULT JSON_EXTRACT(p_asked, '$.fields');
  DECLARE identities longtext DEFAULT JSON_EXTRACT(p_asked, '$.identities');
  DECLARE others longtext DEFAULT JSON_EXTRACT(p_asked, '$.unattested');
  -- The names of an object and what they name come in one order; a name twice would shift it.
  IF (has_lists(fields) AND JSON_LENGTH(fields) > 0 AND has_lists(identities)
      AND JSON_TYPE(others) = 'OBJECT' AND JSON_LENGTH(others) = JSON_LENGTH(JSON_KEYS(others))
      AND NOT EXISTS (SELECT 1 FROM JSON_TABLE(others, '$.*' COLUMNS (whole JSON PATH '$')) o
        WHERE (JSON_TYPE(o.whole) = 'INTEGER' AND o.whole REGEXP '^[0-9]{1,9}$') IS NOT TRUE)) IS NOT TRUE THEN
    SIGNAL SQLSTATE 'SG008' SET MESSAGE_TEXT = 'the documents do not fit';
  END IF;
  INSERT INTO granted (grant_id, collection, place, column_name)
    SELECT p_grant, k.name, v.place, v.column_name
      FROM JSON_TABLE(JSON_KEYS(fields), '$[*]' COLUMNS (number FOR ORDINALITY, name varchar(200) PATH '$' ERROR ON ERROR)) k
      JOIN JSON_TABLE(fields, '$.*' COLUMNS (number FOR ORDINALITY,
             NESTED PATH '$[*]' COLUMNS (place FOR ORDINALITY, column_name varchar(64) PATH '$' ERROR ON ERROR))) v
        ON v.number = k.number
     WHERE v.place IS NOT NULL;
  IF EXISTS (SELECT 1 FROM granted g LEFT JOIN information_schema.columns c ON c.table_schema = '{{schema}}'
      AND c.table_name = view_of(g.collection) AND CONVERT(c.column_name USING utf8mb4) COLLATE utf8mb4_nopad_bin = g.column_name
      WHERE g.grant_id = p_grant AND c.column_name IS NULL) THEN
    SIGNAL SQLSTATE 'SG008' SET MESSAGE_TEXT = 'the documents do not fit';
  END IF;
  -- Nobody is known by nothing.
  INSERT INTO known (grant_id, kind, place, form)
    SELECT p_grant, k.name, v.place, v.form
      FROM JSON_TABLE(JSON_KEYS(identities), '$[*]' COLUMNS (number FOR ORDINALITY, name varchar(100) PATH '$' ERROR ON ERROR)) k
      JOIN JSON_TABLE(identities, '$.*' COLUMNS (number FOR ORDINALITY,
             NESTED PATH '$[*]' COLUMNS (place FOR ORDINALITY, form varchar(1000) PATH '$' ERROR ON ERROR))) v
        ON v.number = k.number
     WHERE v.form <> '';
  INSERT INTO unattested (grant_id, origin, at_most)
    SELECT p_grant, k.name, v.at_most
      FROM JSON_TABLE(JSON_KEYS(others), '$[*]' COLUMNS (number FOR ORDINALITY, name varchar(300) PATH '$' ERROR ON ERROR)) k
      JOIN JSON_TABLE(others, '$.*' COLUMNS (number FOR ORDINALITY, at_most int PATH '$' ERROR ON ERROR)) v
        ON v.number = k.number;
END//

-- 7. begin: by the officer with a login of her own, not later than start-by. From now on the
--    deadline stands, by this server's clock. COMMIT comes first: in a transaction that could be
--    rolled back (XA) there is no beginning, so no reading without a trace.
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `begin`()
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE before_pause, after_pause datetime(6);
  DECLARE paused int;
  DECLARE found_state text;
  DECLARE found_start, found_deadline datetime(6);
  DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END;
  SET SESSION completion_type = 0;
  COMMIT;
  -- Each statement stands by itself: nobody stops this halfway and reads what is then rolled back.
  SET SESSION autocommit = 1;
  CALL `come_in`();
  IF (SELECT a.is_whole FROM about a) IS NOT TRUE THEN
    SIGNAL SQLSTATE 'SG013' SET MESSAGE_TEXT = 'the script did not run to its end';
  END IF;
  IF @@global.event_scheduler <> 'ON' THEN
    SIGNAL SQLSTATE 'SG014' SET MESSAGE_TEXT = 'the event scheduler is off';
  END IF;
  SELECT SYSDATE(6), SLEEP(0.002), SYSDATE(6) INTO before_pause, paused, after_pause;
  IF before_pause = after_pause THEN
    SIGNAL SQLSTATE 'SG015' SET MESSAGE_TEXT = 'the server takes SYSDATE for NOW';
  END IF;
  UPDATE ledger SET state = 'open', begun_at = SYSDATE(6), deadline = SYSDATE(6) + INTERVAL minutes MINUTE
   WHERE user_name = caller() AND state = 'ready' AND SYSDATE(6) <= start_by;
  COMMIT;
  SELECT l.state, l.start_by, l.deadline INTO found_state, found_start, found_deadline FROM ledger l WHERE l.user_name = caller();
  IF found_state = 'ready' THEN
    SIGNAL SQLSTATE 'SG002' SET MESSAGE_TEXT = 'the time to begin has passed';
  END IF;
  IF (found_state = 'open' AND SYSDATE(6) < found_deadline) IS NOT TRUE THEN
    SIGNAL SQLSTATE 'SG007' SET MESSAGE_TEXT = 'access has expired';
  END IF;
  SELECT TIMESTAMPDIFF(MICROSECOND, SYSDATE(6), found_deadline) AS microseconds_left;
END//
-- Keys from another source: attested by its airlock, or approved by name and number.
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `bring`(p_text longtext, p_mac varbinary(64))
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE it char(16);
  DECLARE reference_here, link text;
  DECLARE origin_given text DEFAULT JSON_VALUE(p_text, '$.from');
  DECLARE number_given int DEFAULT JSON_LENGTH(p_text, '$.keys');
  DECLARE allowed_number int;
  SET SESSION completion_type = 0;
  COMMIT;
  SET SESSION autocommit = 1;
  CALL `come_in`();
  SET it = mine();
  SET reference_here = (SELECT l.reference FROM ledger l WHERE l.grant_id = it);
  SET allowed_number = (SELECT u.at_most FROM unattested u WHERE u.grant_id = it AND u.origin = origin_given);
  IF (JSON_TYPE(JSON_EXTRACT(p_text, '$.keys')) = 'ARRAY' AND origin_given <> '') IS NOT TRUE THEN
    SIGNAL SQLSTATE 'SG008' SET MESSAGE_TEXT = 'the documents do not fit';
  END IF;
  IF allowed_number IS NOT NULL AND p_mac IS NULL THEN
    IF (number_given <= allowed_number) IS NOT TRUE THEN
      SIGNAL SQLSTATE 'SG010' SET MESSAGE_TEXT = 'more keys than were approved';
    END IF;
  ELSE
    IF NOT JSON_VALUE(p_text, '$.grant') <=> reference_here THEN
      SIGNAL SQLSTATE 'SG008' SET MESSAGE_TEXT = 'the documents do not fit';
    END IF;
    -- The name of a source may hold dots.
    SET link = (SELECT s.kind FROM secret s WHERE s.kind LIKE 'link:%'
                   AND LEFT(origin_given, CHAR_LENGTH(s.kind) - 4) = CONCAT(SUBSTR(s.kind, 6), '.')
                 ORDER BY CHAR_LENGTH(s.kind) DESC LIMIT 1);
    CALL `must_fit`(COALESCE(link, 'link:'), p_text, p_mac);
  END IF;
  IF NOT EXISTS (SELECT 1 FROM brought b WHERE b.grant_id = it AND b.origin = origin_given) THEN
    INSERT IGNORE INTO brought (grant_id, origin, place, parts)
      SELECT it, origin_given, k.place, k.parts
        FROM JSON_TABLE(p_text, '$.keys[*]' COLUMNS (place FOR ORDINALITY, parts JSON PATH '$')) k;
  END IF;
  COMMIT;
  SELECT number_given AS number_of_keys;
END//

-- 8. The end: no new login, sessions ended, the ledger closed, the login dropped. Each step can be
--    repeated. What a session of this very grant holds locked stands in nobody's way: that session
--    is ended, each by its number: KILL USER passes those by that read at this moment.
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `close`(p_grant char(16), p_token longtext, p_reason varchar(200))
MODIFIES SQL DATA SQL SECURITY DEFINER
main: BEGIN
  DECLARE login varchar(128);
  DECLARE found_state, hash text;
  DECLARE found_deadline, due datetime(6);
  DECLARE attempt, here, ended, changed int DEFAULT 0;
  DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END;
  DECLARE CONTINUE HANDLER FOR 1205, 1213 SET changed = 0;
  COMMIT;
  SET SESSION time_zone = '+00:00';
  SET SESSION innodb_lock_wait_timeout = 1;
  again: LOOP
    SET attempt = attempt + 1, login = NULL;
    SELECT l.user_name, l.state, l.deadline, COALESCE(l.deadline, l.start_by), l.closing_sha256
      INTO login, found_state, found_deadline, due, hash FROM ledger l WHERE l.grant_id = p_grant;
    COMMIT;
    IF login IS NULL OR found_state = 'closed' OR attempt > 20 THEN
      LEAVE main;
    END IF;
    IF found_state = 'closing' THEN
      LEAVE again;
    END IF;
    IF (caller() IN ('{{gatekeeper}}', '{{owner}}') OR SYSDATE(6) >= due OR SHA2(p_token, 256) = hash) IS NOT TRUE THEN
      IF attempt > 1 THEN  -- it was due, and begun at that very moment
        EXECUTE IMMEDIATE CONCAT('ALTER USER IF EXISTS ''', login, '''@''%'' ACCOUNT UNLOCK');
        LEAVE main;
      END IF;
      IF p_token IS NULL THEN
        LEAVE main;
      END IF;
      SIGNAL SQLSTATE 'SG009' SET MESSAGE_TEXT = 'not yours to close';
    END IF;
    EXECUTE IMMEDIATE CONCAT('ALTER USER IF EXISTS ''', login, '''@''%'' ACCOUNT LOCK');
    SET here = sessions_of(login);
    IF here > 0 THEN
      CALL `end_sessions`(login);
      SET ended = ended + here;
    END IF;
    UPDATE ledger SET state = 'closing', closed_at = SYSDATE(6), close_reason = p_reason
     WHERE grant_id = p_grant AND state = found_state AND deadline <=> found_deadline;
    SET changed = ROW_COUNT();
    IF changed = 1 THEN
      DELETE FROM known WHERE grant_id = p_grant;
      DELETE FROM brought WHERE grant_id = p_grant;
      DELETE FROM unattested WHERE grant_id = p_grant;
      COMMIT;
      LEAVE again;
    END IF;
    ROLLBACK;
  END LOOP;
  SET attempt = 0;
  gone: LOOP
    SET attempt = attempt + 1;
    SET here = sessions_of(login);
    IF here = 0 OR attempt > 400 THEN
      LEAVE gone;
    END IF;
    CALL `end_sessions`(login);
    SET ended = GREATEST(ended, here);
    DO SLEEP(0.005);
  END LOOP;
  UPDATE ledger SET ended_sessions = ended_sessions + ended, gone_at = IF(here = 0, COALESCE(gone_at, SYSDATE(6)), NULL)
   WHERE grant_id = p_grant AND state = 'closing';
  COMMIT;
  IF here = 0 THEN
    EXECUTE IMMEDIATE CONCAT('DROP USER IF EXISTS ''', login, '''@''%''');
    UPDATE ledger SET state = 'closed' WHERE grant_id = p_grant AND state = 'closing';
    COMMIT;
  END IF;
END//
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `sweep`()
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE waiting longtext;
  DECLARE place, waiting_number int DEFAULT 0;
  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;  -- the next sweep tries again
  COMMIT;
  SET SESSION time_zone = '+00:00';
  SET SESSION group_concat_max_len = 1048576;
  DELETE FROM ledger WHERE state = 'counting' AND deadline < SYSDATE(6) - INTERVAL 1 MINUTE;
  COMMIT;
  DELETE FROM snapshots WHERE connection NOT IN (SELECT p.id FROM information_schema.processlist p);
  DELETE FROM pads WHERE connection NOT IN (SELECT p.id FROM information_schema.processlist p);
  -- Those that would not go the last time keep nobody waiting.
  SELECT GROUP_CONCAT(l.grant_id ORDER BY l.state = 'closing' SEPARATOR ''), COUNT(*) INTO waiting, waiting_number FROM ledger l
   WHERE l.state = 'closing'
      OR (l.state IN ('ready', 'open') AND SYSDATE(6) >= COALESCE(l.deadline, l.start_by))
      OR (l.state = 'opening' AND SYSDATE(6) >= l.start_by);
  COMMIT;
  WHILE place < waiting_number DO
    CALL `close`(SUBSTR(waiting, place * 16 + 1, 16), NULL, 'expired');
    SET place = place + 1;
  END WHILE;
END//
-- The fuse sleeps here until the deadline and closes, though every client be dead. The event of the
-- same name does so every second, also after the server was restarted.
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `fuse`(p_grant char(16))
MODIFIES SQL DATA SQL SECURITY DEFINER
main: BEGIN
  DECLARE ends datetime(6);
  DECLARE left_seconds decimal(20, 6);
  SET SESSION time_zone = '+00:00';
  LOOP
    COMMIT;
    SET ends = (SELECT COALESCE(l.deadline, l.start_by) FROM ledger l WHERE l.grant_id = p_grant AND l.state IN ('ready', 'open'));
    COMMIT;
    IF ends IS NULL THEN
      LEAVE main;
    END IF;
    SET left_seconds = TIMESTAMPDIFF(MICROSECOND, SYSDATE(6), ends) / 1000000;
    IF left_seconds <= 0 THEN
      CALL `close`(p_grant, NULL, 'expired');
    END IF;
    DO SLEEP(GREATEST(0.01, LEAST(left_seconds, 5)));
  END LOOP;
END//
DELIMITER ;
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' EVENT fuse ON SCHEDULE EVERY 1 SECOND DO CALL `{{schema}}`.`sweep`();
DELIMITER //
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `status`()
READS SQL DATA SQL SECURITY DEFINER
BEGIN
  SET SESSION time_zone = '+00:00';
  SELECT l.grant_id, l.reference, IF(l.state = 'opening', 'ready', l.state), UNIX_TIMESTAMP(l.start_by),
         UNIX_TIMESTAMP(l.deadline), UNIX_TIMESTAMP(l.closed_at), COALESCE(l.close_reason, ''),
         UNIX_TIMESTAMP(l.gone_at), l.ended_sessions,
         IF(l.state = 'closed', (SELECT COUNT(*) FROM information_schema.processlist p WHERE p.user = l.user_name), sessions_of(l.user_name)),
         EXISTS (SELECT 1 FROM mysql.global_priv u WHERE u.User = l.user_name)
    FROM ledger l WHERE l.state <> 'counting';
END//

-- 9. One view for each collection: the columns that may ever be disclosed, of the rows of the one
--    person whose grant is open. Nobody may select from a view: MariaDB may test what else a query
--    asks on other people's rows first, and quotes their values in warnings. What is granted is
--    read by calling "read", which takes no condition.
DELIMITER ;
{{views}}
DELIMITER //
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' FUNCTION `view_of`(p_collection longtext) RETURNS varchar(64)
DETERMINISTIC NO SQL SQL SECURITY DEFINER
BEGIN
  RETURN CASE p_collection
{{view_names}}
  END;
END//
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `read`(p_collection longtext, p_columns longtext)
READS SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE it char(16);
  DECLARE wanted longtext;
  DECLARE wanted_number, granted_number int;
  DECLARE called varchar(64) DEFAULT view_of(p_collection);
  CALL `come_in`();
  SET it = mine();
  SELECT GROUP_CONCAT('`', REPLACE(g.column_name, '`', '``'), '`' ORDER BY w.place), COUNT(*), COUNT(g.column_name)
    INTO wanted, wanted_number, granted_number
    FROM JSON_TABLE(p_columns, '$[*]' COLUMNS (place FOR ORDINALITY, name varchar(64) PATH '$' ERROR ON ERROR)) w
    LEFT JOIN granted g ON g.grant_id = it AND g.collection = p_collection AND g.column_name = w.name;
  IF called IS NULL OR wanted IS NULL OR wanted_number <> granted_number THEN
    SIGNAL SQLSTATE 'SG016' SET MESSAGE_TEXT = 'not granted';
  END IF;
  EXECUTE IMMEDIATE CONCAT('SELECT ', wanted, ' FROM `{{schema}}`.`', called, '`');
END//
-- Looks at another session of the caller's own, and ends what it runs or the whole of it.
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `is_working`(p_connection bigint)
READS SQL DATA SQL SECURITY DEFINER
BEGIN
  SELECT p.command <> 'Sleep' AND COALESCE(p.state, '') NOT IN ('Writing to net', 'Reading from net') AS is_working
    FROM information_schema.processlist p WHERE p.id = p_connection AND is_of(caller(), p.user, p.id);
END//
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `stop`(p_connection bigint, p_whole bool)
READS SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE CONTINUE HANDLER FOR 1094 BEGIN END;  -- it has left by itself
  IF EXISTS (SELECT 1 FROM information_schema.processlist p WHERE p.id = p_connection AND is_of(caller(), p.user, p.id)) THEN
    EXECUTE IMMEDIATE CONCAT(IF(p_whole, 'KILL HARD CONNECTION ', 'KILL HARD QUERY '), p_connection);
  END IF;
END//
-- What was granted, and of what type it is in the tables underneath.
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `shape`()
READS SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE it char(16);
  CALL `come_in`();
  SET it = mine();
  SELECT s.collection, c.column_name, c.column_type, COALESCE(c.collation_name, ''), COALESCE(t.avg_row_length, 0)
    FROM (
{{shapes}}
    ) AS s
    JOIN granted g ON g.grant_id = it AND g.collection = s.collection
    JOIN information_schema.columns c ON c.table_schema = s.base_schema AND c.table_name = s.base_table AND c.column_name = g.column_name
    JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
   ORDER BY s.collection, g.place;
END//
-- How many rows each view would give for what an officer asks: numbers, no values.
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `count`(p_asked longtext, p_asked_mac varbinary(64))
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE it char(16) DEFAULT LEFT(MD5(CONCAT(UUID(), RAND())), 16);
  DECLARE wanted longtext DEFAULT JSON_KEYS(p_asked, '$.fields');
  DECLARE place int DEFAULT 0;
  DECLARE name longtext;
  DECLARE called varchar(64);
  DECLARE counts longtext DEFAULT '[]';
  DECLARE counted bigint;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;
  COMMIT;
  SET SESSION time_zone = '+00:00', default_regex_flags = '';
  CALL `must_fit`('officers', p_asked, p_asked_mac);
  IF (JSON_VALUE(p_asked, '$.format') = 'sandglass-asked-1'
      AND JSON_VALUE(p_asked, '$.source') = (SELECT a.source FROM about a)) IS NOT TRUE THEN
    SIGNAL SQLSTATE 'SG008' SET MESSAGE_TEXT = 'the documents do not fit';
  END IF;
  START TRANSACTION;
  INSERT INTO ledger (grant_id, user_name, state, requester, approver, reference, asked_mac, closing_sha256,
    minutes, opened_at, start_by, deadline)
  VALUES (it, CONCAT(caller(), '#', CONNECTION_ID()), 'counting', '', '', '', p_asked_mac, '', 1,
    SYSDATE(6), SYSDATE(6), SYSDATE(6) + INTERVAL 30 SECOND);
  CALL `note`(it, p_asked);
  WHILE place < JSON_LENGTH(wanted) DO
    SET name = JSON_VALUE(wanted, CONCAT('$[', place, ']'));
    SET called = view_of(name);
    IF called IS NULL THEN
      SIGNAL SQLSTATE 'SG016' SET MESSAGE_TEXT = 'not granted';
    END IF;
    EXECUTE IMMEDIATE CONCAT('SELECT COUNT(*) INTO @sandglass_counted FROM `{{schema}}`.`', called, '`');
    SET counts = JSON_ARRAY_APPEND(counts, '$', JSON_ARRAY(name, @sandglass_counted));
    SET place = place + 1;
  END WHILE;
  ROLLBACK;
  SELECT c.name, c.number FROM JSON_TABLE(counts, '$[*]' COLUMNS (name longtext PATH '$[0]', number bigint PATH '$[1]')) c;
END//
-- How many of a person's rows other people's rows point to as well.
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `shared`(p_check longtext)
READS SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE counted bigint DEFAULT 0;
  DECLARE it char(16);
  CALL `come_in`();
  SET it = mine();
{{shared_checks}}
  SET it = mine();  -- it may have become late meanwhile
  SELECT counted AS number_of_rows;
END//
-- The keys that lead from this person's rows here into another source, attested for this grant.
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `attest`(p_from longtext)
READS SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE found_keys, origin, about_what, attested longtext;
  DECLARE it char(16);
  CALL `come_in`();
  SET it = mine();
{{attested_keys}}
  SET it = mine();  -- it may have become late meanwhile
  SET origin = JSON_QUOTE(p_from);
  SET about_what = (SELECT JSON_QUOTE(l.reference) FROM ledger l WHERE l.grant_id = it);
  SET attested = CONCAT('{"from": ', origin, ', "grant": ', about_what, ', "keys": [', COALESCE(found_keys, ''), ']}');
  IF NOT JSON_VALID(attested) THEN
    SIGNAL SQLSTATE 'SG010' SET MESSAGE_TEXT = 'too many keys';
  END IF;
  SELECT attested, LOWER(HEX(hmac((SELECT s.held FROM secret s WHERE s.kind = CONCAT('link:', {{source_literal}})), CAST(attested AS BINARY)))) AS mac;
END//
-- A sum over all that is there, and over who may do what with it.
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' FUNCTION `objects_now`() RETURNS char(32)
NOT DETERMINISTIC READS SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE summed longtext;
  DECLARE it varchar(64) DEFAULT '{{schema}}';
  SET SESSION group_concat_max_len = 1073741824;
  SELECT GROUP_CONCAT(t.part ORDER BY t.part SEPARATOR '|') INTO summed FROM (
    SELECT MD5(CONCAT('view ', v.table_name, v.view_definition, v.definer, v.security_type)) AS part
      FROM information_schema.views v WHERE v.table_schema = it
    UNION ALL SELECT MD5(CONCAT('verb ', r.routine_name, r.routine_definition, r.definer, r.security_type, r.sql_mode))
      FROM information_schema.routines r WHERE r.routine_schema = it
    UNION ALL SELECT MD5(CONCAT('event ', e.event_name, e.event_definition, e.definer, e.status, e.interval_value, e.interval_field))
      FROM information_schema.events e WHERE e.event_schema = it
    UNION ALL SELECT MD5(CONCAT('table ', c.table_name, c.column_name, c.column_type, c.is_nullable))
      FROM information_schema.columns c JOIN information_schema.tables k USING (table_schema, table_name)
     WHERE c.table_schema = it AND k.table_type = 'BASE TABLE'
    UNION ALL SELECT MD5(CONCAT('trigger ', g.trigger_name, g.action_statement, g.definer))
      FROM information_schema.triggers g WHERE g.trigger_schema = it
    UNION ALL SELECT MD5(CONCAT_WS(' ', 'all', d.User, d.Host, d.Select_priv, d.Insert_priv, d.Update_priv, d.Delete_priv, d.Create_priv,
        d.Drop_priv, d.Grant_priv, d.References_priv, d.Index_priv, d.Alter_priv, d.Create_tmp_table_priv, d.Lock_tables_priv,
        d.Create_view_priv, d.Show_view_priv, d.Create_routine_priv, d.Alter_routine_priv, d.Execute_priv, d.Event_priv, d.Trigger_priv))
      FROM mysql.db d WHERE it LIKE d.Db
    UNION ALL SELECT MD5(CONCAT_WS(' ', 'everywhere', u.User, u.Host, u.default_role,
        u.Select_priv, u.Insert_priv, u.Update_priv, u.Delete_priv, u.Create_priv, u.Drop_priv, u.Reload_priv,
        u.Shutdown_priv, u.Process_priv, u.File_priv, u.Grant_priv, u.References_priv, u.Index_priv, u.Alter_priv,
        u.Show_db_priv, u.Super_priv, u.Create_tmp_table_priv, u.Lock_tables_priv, u.Execute_priv, u.Repl_slave_priv,
        u.Repl_client_priv, u.Create_view_priv, u.Show_view_priv, u.Create_routine_priv, u.Alter_routine_priv,
        u.Create_user_priv, u.Event_priv, u.Trigger_priv, u.Create_tablespace_priv, u.Delete_history_priv))
      FROM mysql.user u WHERE u.User IN ('{{owner}}', '{{gatekeeper}}', '{{watchman}}', 'PUBLIC', '') OR u.Host = ''
    UNION ALL SELECT MD5(CONCAT('role ', m.User, '@', m.Host, m.Role))
      FROM mysql.roles_mapping m WHERE m.User IN ('{{owner}}', '{{gatekeeper}}', '{{watchman}}') OR m.Role LIKE '{{schema}}%'
    UNION ALL SELECT MD5(CONCAT('proxy ', x.User, '@', x.Host, x.Proxied_user, '@', x.Proxied_host))
      FROM mysql.proxies_priv x WHERE x.User IN ('{{owner}}', '{{gatekeeper}}', '{{watchman}}') OR x.Proxied_user IN ('{{owner}}', '{{gatekeeper}}', '{{watchman}}')
    UNION ALL SELECT MD5(CONCAT('table right ', p.User, '@', p.Host, p.Table_name, p.Table_priv))
      FROM mysql.tables_priv p WHERE p.Db = it OR p.User = '{{owner}}'
    UNION ALL SELECT MD5(CONCAT('column right ', p.User, '@', p.Host, p.Db, '.', p.Table_name, '.', p.Column_name, p.Column_priv))
      FROM mysql.columns_priv p WHERE p.Db = it OR p.User = '{{owner}}'
    UNION ALL SELECT MD5(CONCAT('call ', p.User, '@', p.Host, p.Routine_name, p.Proc_priv))
      FROM mysql.procs_priv p WHERE p.Db = it AND p.User NOT REGEXP '{{session_pattern}}'
  ) AS t;
  RETURN MD5(summed);
END//
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `installed`()
READS SQL DATA SQL SECURITY DEFINER
BEGIN
  SELECT a.format, a.map_sha256, a.definition, UNIX_TIMESTAMP(a.installed_at), a.is_whole AND a.objects = objects_now(),
         CAST(@@global.read_only AS CHAR) NOT IN ('0', 'OFF'), @@global.event_scheduler = 'ON' FROM about a;
END//
-- What everybody may do beside the airlock, a session too: by PUBLIC, or by a login without a name.
CREATE OR REPLACE DEFINER = '{{owner}}'@'localhost' PROCEDURE `cautions`()
READS SQL DATA SQL SECURITY DEFINER
BEGIN
  SELECT 'public_reads', CONCAT(d.Db, '.*') FROM mysql.db d WHERE d.User IN ('', 'PUBLIC') AND d.Select_priv = 'Y'
  UNION SELECT 'public_reads', CONCAT(p.Db, '.', p.Table_name) FROM mysql.tables_priv p
   WHERE p.User IN ('', 'PUBLIC') AND (FIND_IN_SET('Select', p.Table_priv) OR FIND_IN_SET('Select', p.Column_priv))
  UNION SELECT 'public_creates', CONCAT(d.Db, '.*') FROM mysql.db d WHERE d.User IN ('', 'PUBLIC') AND d.Create_priv = 'Y'
  UNION SELECT 'public_runs', CONCAT(d.Db, '.*') FROM mysql.db d WHERE d.User IN ('', 'PUBLIC') AND d.Execute_priv = 'Y'
  UNION SELECT 'public_runs', CONCAT(p.Db, '.', p.Routine_name) FROM mysql.procs_priv p WHERE p.User IN ('', 'PUBLIC')
  ORDER BY 1, 2;
END//
DELIMITER ;

-- 10. Who may call what.
GRANT EXECUTE ON PROCEDURE `{{schema}}`.`open` TO '{{gatekeeper}}'@'%';
GRANT EXECUTE ON PROCEDURE `{{schema}}`.`count` TO '{{gatekeeper}}'@'%';
GRANT EXECUTE ON PROCEDURE `{{schema}}`.`rekey` TO '{{gatekeeper}}'@'%';
{{calls}}

-- 11. What is installed, to be compared with later.
UPDATE about SET definition = {{definition_literal}};
UPDATE about SET objects = objects_now(), is_whole = true;
