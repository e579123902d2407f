-- Ends every grant, and takes away everything that the airlock brought, its logins included.
DELIMITER //
BEGIN NOT ATOMIC
  DECLARE waiting longtext;
  DECLARE login text;
  SET SESSION group_concat_max_len = 1048576;
  SELECT GROUP_CONCAT(u.User SEPARATOR ',') INTO waiting FROM mysql.global_priv u WHERE u.User REGEXP '{{session_pattern}}';
  IF EXISTS (SELECT 1 FROM information_schema.events e WHERE e.event_schema = '{{schema}}') THEN
    EXECUTE IMMEDIATE 'DROP EVENT `{{schema}}`.`fuse`';
  END IF;
  WHILE waiting IS NOT NULL AND waiting <> '' DO
    SET login = SUBSTRING_INDEX(waiting, ',', 1);
    SET waiting = SUBSTR(waiting, CHAR_LENGTH(login) + 2);
    EXECUTE IMMEDIATE CONCAT('ALTER USER ''', login, '''@''%'' ACCOUNT LOCK');
    EXECUTE IMMEDIATE CONCAT('KILL HARD CONNECTION USER ', login);
    EXECUTE IMMEDIATE CONCAT('DROP USER IF EXISTS ''', login, '''@''%''');
  END WHILE;
  -- Fuses that still sleep would come back into what is taken away.
  KILL HARD CONNECTION USER {{watchman}};
  KILL HARD CONNECTION USER {{gatekeeper}};
END//
DELIMITER ;
DROP DATABASE IF EXISTS `{{schema}}`;
DROP USER IF EXISTS '{{gatekeeper}}'@'%';
DROP USER IF EXISTS '{{watchman}}'@'%';
DROP USER IF EXISTS '{{owner}}'@'localhost';
