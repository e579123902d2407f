-- Ends every grant, and takes away everything that the airlock brought, its logins included.
DELIMITER //
BEGIN NOT ATOMIC
  DECLARE waiting longtext;
  DECLARE login text;
  DECLARE ended bigint;
  DECLARE tries int DEFAULT 0;
  DECLARE CONTINUE HANDLER FOR 1094 BEGIN END;
  SET SESSION group_concat_max_len = 1048576;
  SELECT GROUP_CONCAT(u.User SEPARATOR ',') INTO waiting FROM mysql.global_priv u WHERE u.User REGEXP '{{session_pattern}}';
  IF EXISTS (SELECT 1 FROM information_schema.events e WHERE e.event_schema = '{{schema}}') THEN
    EXECUTE IMMEDIATE 'DROP EVENT `{{schema}}`.`fuse`';
  END IF;
  WHILE waiting IS NOT NULL AND waiting <> '' DO
    SET login = SUBSTRING_INDEX(waiting, ',', 1);
    SET waiting = SUBSTR(waiting, CHAR_LENGTH(login) + 2);
    EXECUTE IMMEDIATE CONCAT('ALTER USER ''', login, '''@''%'' ACCOUNT LOCK');
    SET ended = 0;
    WHILE ended IS NOT NULL DO  -- one that reads at this moment goes by the owner's name and holds a lock
      SET ended = (SELECT MIN(p.id) FROM information_schema.processlist p WHERE p.id > ended
        AND (p.user = login OR IS_USED_LOCK(CONCAT(login, '#', p.id)) <=> p.id));
      IF ended IS NOT NULL THEN
        EXECUTE IMMEDIATE CONCAT('KILL HARD CONNECTION ', ended);
      END IF;
    END WHILE;
    EXECUTE IMMEDIATE CONCAT('DROP USER IF EXISTS ''', login, '''@''%''');
  END WHILE;
  -- Fuses that still sleep, and an event that runs, would come back into what is taken away; in a
  -- verb they go by the owner's name.
  WHILE tries < 500 AND EXISTS (SELECT 1 FROM information_schema.processlist p
      WHERE p.user IN ('{{watchman}}', '{{gatekeeper}}', '{{owner}}')) DO
    KILL HARD CONNECTION USER {{watchman}};
    KILL HARD CONNECTION USER {{gatekeeper}};
    KILL HARD CONNECTION USER {{owner}};
    DO SLEEP(0.01);
    SET tries = tries + 1;
  END WHILE;
END//
DELIMITER ;
DROP DATABASE IF EXISTS `{{schema}}`;
DROP USER IF EXISTS '{{gatekeeper}}'@'%';
DROP USER IF EXISTS '{{watchman}}'@'%';
DROP USER IF EXISTS '{{owner}}'@'localhost';
