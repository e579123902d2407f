"""What every member may try, whatever her roles; none has the right to any of it."""

from __future__ import annotations

from datetime import timedelta

from app.domain.audit import Action
from tests.guard.office import SOMEBODY
from tests.guard.scene import (
    BROKEN_CHAIN,
    NOT_NOW,
    NOT_PERMITTED,
    NOT_RECORDED,
    NOT_YOU,
    STAYS,
    TAKEN,
    Attack,
    group,
    log_as,
    log_two_actors,
    owner,
    sql,
)

ANYBODY: dict[str, tuple[str, Attack]] = {
    "becomes an approver": (NOT_PERMITTED, lambda her, _: her.run(f"SET ROLE {group(her)}")),
    "becomes the owner": (NOT_PERMITTED, lambda her, _: her.run(f"SET ROLE {owner(her)}")),
    "becomes somebody else": (NOT_PERMITTED, sql("SET SESSION AUTHORIZATION bea")),
    "puts herself into a group": (
        NOT_PERMITTED,
        lambda her, _: her.run(f"GRANT {owner(her)} TO CURRENT_USER"),
    ),
    "may make roles from now on": (NOT_PERMITTED, sql("ALTER ROLE CURRENT_USER CREATEROLE")),
    "makes a role": (NOT_PERMITTED, sql("CREATE ROLE puppet LOGIN")),
    "takes another's name": (NOT_PERMITTED, sql("ALTER ROLE otto RENAME TO ottilie")),
    "changes another's password": (NOT_PERMITTED, sql("ALTER ROLE otto PASSWORD 'mine'")),
    "lets herself in again": (
        TAKEN + "|" + NOT_PERMITTED,
        lambda her, _: her.insert("logins", login=SOMEBODY, member=her.me),
    ),
    "changes a decision": (NOT_PERMITTED, sql("UPDATE decisions SET minutes = 1")),
    "removes a decision": (NOT_PERMITTED, sql("DELETE FROM decisions")),
    "empties the decisions": (NOT_PERMITTED, sql("TRUNCATE decisions CASCADE")),
    "changes what was asked": (NOT_PERMITTED, sql("UPDATE access_requests SET scope = '{}'")),
    "removes what was asked": (NOT_PERMITTED, sql("DELETE FROM access_requests")),
    "makes a window longer": (NOT_PERMITTED, sql("UPDATE windows SET deadline = 'infinity'")),
    "removes the end of a window": (NOT_PERMITTED, sql("DELETE FROM window_ends")),
    "changes the log": (NOT_PERMITTED, sql("UPDATE log SET line = replace(line, 'a', 'b')")),
    "cuts the log": (NOT_PERMITTED, sql("DELETE FROM log WHERE number > 3")),
    "empties the log": (NOT_PERMITTED, sql("TRUNCATE log")),
    "sets the head back": (NOT_PERMITTED, sql("UPDATE log_head SET number = 3")),
    "makes the schema older": (NOT_PERMITTED, sql("UPDATE alembic_version SET version_num = '1'")),
    "disables a trigger": (NOT_PERMITTED, sql("ALTER TABLE log DISABLE TRIGGER ALL")),
    "drops a trigger": (NOT_PERMITTED, sql("DROP TRIGGER decisions_stays ON decisions")),
    "drops a constraint": (
        NOT_PERMITTED,
        sql("ALTER TABLE decisions DROP CONSTRAINT approver_is_not_requester"),
    ),
    "lifts the row policies": (
        NOT_PERMITTED,
        sql("ALTER TABLE requests DISABLE ROW LEVEL SECURITY"),
    ),
    "drops a policy": (NOT_PERMITTED, sql("DROP POLICY select_1 ON drawer")),
    "writes a policy of her own": (
        NOT_PERMITTED,
        sql("CREATE POLICY mine ON drawer USING (true)"),
    ),
    "lets the triggers sleep": (NOT_PERMITTED, sql("SET session_replication_role = replica")),
    "says who she is": (
        NOT_PERMITTED,
        sql("CREATE OR REPLACE FUNCTION me() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$"),
    ),
    "makes a function look elsewhere": (
        NOT_PERMITTED,
        sql("ALTER FUNCTION me() SET search_path = pg_temp"),
    ),
    "shadows a table with a temporary one": (
        NOT_PERMITTED,
        sql("CREATE TEMP TABLE members AS SELECT 'x' AS id"),
    ),
    "shadows a function with one of her own": (
        NOT_PERMITTED,
        sql("CREATE FUNCTION sandglass.has() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
    ),
    "makes a function in public": (
        NOT_PERMITTED,
        sql("CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
    ),
    "makes an operator": (
        NOT_PERMITTED,
        sql("CREATE OPERATOR public.= (LEFTARG=text, RIGHTARG=text, FUNCTION=texteq)"),
    ),
    "makes a schema": (NOT_PERMITTED, sql("CREATE SCHEMA mine")),
    "adds a language": (NOT_PERMITTED, sql("CREATE LANGUAGE mine HANDLER plpgsql_call_handler")),
    "runs code with DO that writes": (
        NOT_PERMITTED,
        sql("DO $$ BEGIN UPDATE decisions SET minutes = 1; END $$"),
    ),
    "hands a table to a program": (NOT_PERMITTED, sql("COPY log TO PROGRAM 'cat > /dev/null'")),
    "fills a table from a program": (NOT_PERMITTED, sql("COPY log FROM PROGRAM 'echo'")),
    "writes a file on the server": (NOT_PERMITTED, sql("COPY log TO '/tmp/log'")),
    "reads a file of the server": (NOT_PERMITTED, sql("SELECT pg_read_file('/etc/passwd')")),
    "lists files of the server": (NOT_PERMITTED, sql("SELECT pg_ls_dir('/etc')")),
    "imports a file as a large object": (NOT_PERMITTED, sql("SELECT lo_import('/etc/passwd')")),
    "reads the verifiers of passwords": (NOT_PERMITTED, sql("SELECT rolpassword FROM pg_authid")),
    "ends the sessions of others": (
        NOT_PERMITTED,
        sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'owner'"),
    ),
    "locks the log for herself": (NOT_PERMITTED, sql("LOCK TABLE log IN ACCESS EXCLUSIVE MODE")),
    "changes the server's settings": (NOT_PERMITTED, sql("SET log_statement = none")),
    "changes the database's settings": (
        NOT_PERMITTED,
        sql("ALTER DATABASE office SET search_path = public"),
    ),
    "keeps a transaction for later": ("not possible here", sql("PREPARE TRANSACTION 'later'")),
    "makes a publication of the log": (
        NOT_PERMITTED,
        sql("CREATE PUBLICATION all_of FOR TABLE log"),
    ),
    "writes an entry in another's name": (
        NOT_YOU,
        lambda her, scene: her.log(Action.NOTE_ADDED, actor=scene.id_of("adam")),
    ),
    "writes an entry as the program": (
        NOT_YOU,
        lambda her, _: her.log(Action.WORKSPACE_UPGRADED, actor="sandglass"),
    ),
    "writes what the guard is": (
        NOT_YOU,
        lambda her, _: her.log(Action.GUARD_INSTALLED),
    ),
    "writes an entry in the past": (
        NOT_NOW,
        lambda her, _: her.log(Action.NOTE_ADDED, at=her.now - timedelta(days=300)),
    ),
    "writes an entry in the future": (
        NOT_NOW,
        lambda her, _: her.log(Action.NOTE_ADDED, at=her.now + timedelta(hours=1)),
    ),
    "moves the mark of who has her turn": (NOT_PERMITTED, sql("SELECT setval('turn_taken', 1)")),
    "asks the guard's own functions": (NOT_PERMITTED, sql("SELECT scope_hash_now('[]')")),
    "leaves a number out": (BROKEN_CHAIN, lambda her, _: log_as(her, number=1_000_000)),
    "puts an entry between two others": (BROKEN_CHAIN, lambda her, _: log_as(her, number=4)),
    "begins a chain of her own": (BROKEN_CHAIN, lambda her, _: log_as(her, previous="0" * 64)),
    "gives an entry another hash": (BROKEN_CHAIN, lambda her, _: log_as(her, hash="f" * 64)),
    "writes an entry that reads in two ways": (BROKEN_CHAIN, lambda her, _: log_two_actors(her)),
    "writes that somebody granted": (
        "log.never_happened",
        lambda her, scene: her.log(Action.ACCESS_GRANTED, scene.waiting),
    ),
    "writes that somebody left": (
        "log.never_happened",
        lambda her, scene: her.log(Action.MEMBER_LEFT, scene.id_of("otto")),
    ),
    "writes that somebody has other roles": (
        "log.never_happened",
        lambda her, scene: her.log(Action.MEMBER_CHANGED, scene.id_of("otto")),
    ),
    "writes that somebody has new keys": (
        "log.never_happened",
        lambda her, scene: her.log(Action.KEYS_REPLACED, scene.id_of("otto")),
    ),
    "sets a counter back": (STAYS, sql("UPDATE counters SET last = 0")),
    "changes an authority": (
        NOT_PERMITTED,
        sql("UPDATE workspace SET authority_certificate = 'mine'"),
    ),
    "writes into another's drawer": (
        NOT_PERMITTED + "|" + NOT_YOU,
        lambda her, scene: her.insert(
            "drawer", member=scene.id_of("adam"), key="k", sealed=b"", at=her.now
        ),
    ),
    "changes an old report": (NOT_PERMITTED, sql("UPDATE reports SET sha256 = 'x'")),
    "makes a report nobody hears of": (
        NOT_RECORDED,
        lambda her, _: her.insert(
            "reports", id="AR-forged", request="", sha256="", head="", by=her.me, at=her.now
        ),
    ),
}
