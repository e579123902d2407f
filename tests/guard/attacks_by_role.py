"""What somebody may try with the rights that her roles do give her."""

from __future__ import annotations

from datetime import timedelta

from app.domain.audit import Action
from tests.guard.office import SOMEBODY
from tests.guard.scene import (
    AS_APPROVER,
    BROKEN_CHAIN,
    NO_SUCH_ROW,
    NOT_NOW,
    NOT_PERMITTED,
    NOT_RECORDED,
    NOT_YOU,
    OTHER_SUBJECT,
    STAYS,
    TAKEN,
    Attack,
    ask,
    certify,
    group,
    hour_ago,
    member,
    pull_into,
    revoke,
    sql,
)

OFFICER: dict[str, tuple[str, Attack]] = {
    "approves her own request": (NOT_PERMITTED, lambda her, scene: her.decide(scene.waiting)),
    "approves in an approver's name": (
        NOT_PERMITTED,
        lambda her, scene: her.decide(scene.waiting, approver=scene.id_of("anna")),
    ),
    "slips a decision in by COPY": (NOT_PERMITTED, sql("COPY decisions FROM STDIN")),
    "replaces a decision": (
        NOT_PERMITTED,
        sql("INSERT INTO decisions SELECT * FROM decisions ON CONFLICT (id) DO UPDATE SET note=''"),
    ),
    "asks in another's name": (NOT_YOU, lambda her, scene: ask(her, scene, requester="otto")),
    "asks as of an hour ago": (
        NOT_NOW,
        lambda her, scene: ask(her, scene, asked_at=hour_ago(her)),
    ),
    "asks without a word in the log": (NOT_RECORDED, ask),
    "asks and waits for ever": (
        "access.against_policy",
        lambda her, scene: ask(her, scene, not_after=her.now + timedelta(days=999)),
    ),
    "asks for more time than the policy allows": (
        "access.against_policy",
        lambda her, scene: ask(her, scene, minutes=61),
    ),
    "asks for no time": (
        "asks_for_some_minutes",
        lambda her, scene: ask(her, scene, minutes=0),
    ),
    "takes the number of what others will ask": (
        STAYS,
        lambda her, scene: ask(her, scene, id="A-9000"),
    ),
    "opens a window nobody granted": (
        "access.not_granted",
        lambda her, scene: her.open(scene.waiting),
    ),
    "asks for nobody's yes": (
        "access.too_few_approvers",
        lambda her, scene: ask(her, scene, approvers_needed=0),
    ),
    "opens a window that one of two people granted": (
        "access.not_granted",
        lambda her, scene: her.open(scene.half),
    ),
    "opens it and says that one was enough": (
        "access.not_granted",
        lambda her, scene: her.open(scene.half, approvers_needed=1),
    ),
    "opens a window that is longer": (
        "access.not_granted",
        lambda her, scene: her.open(scene.granted, deadline=her.now + timedelta(days=1)),
    ),
    "opens a window as of an hour ago": (
        NOT_NOW,
        lambda her, scene: her.open(
            scene.granted,
            opened_at=her.now - timedelta(hours=1),
            deadline=her.now - timedelta(minutes=55),
        ),
    ),
    "opens a window without a word in the log": (
        NOT_RECORDED,
        lambda her, scene: her.open(scene.granted),
    ),
    "waits with the word in the log": (
        NOT_RECORDED,
        lambda her, scene: (her.run("SET CONSTRAINTS ALL IMMEDIATE"), her.open(scene.granted)),
    ),
    "takes the word in the log back": (
        NOT_RECORDED,
        lambda her, scene: (
            her.open(scene.granted),
            her.run("SAVEPOINT before"),
            her.log(Action.SESSION_OPENED, f"S-{scene.granted}-forged"),
            her.run("SET CONSTRAINTS windows_on_record IMMEDIATE"),
            her.run("ROLLBACK TO SAVEPOINT before"),
        ),
    ),
    "takes the window back that the log speaks of": (
        "log.never_happened",
        lambda her, scene: (
            her.log(Action.SESSION_OPENED, f"S-{scene.granted}-forged"),
            her.run("SAVEPOINT before"),
            her.open(scene.granted),
            her.run("SET CONSTRAINTS log_happened IMMEDIATE"),
            her.run("ROLLBACK TO SAVEPOINT before"),
        ),
    ),
    "ends a window in another's name": (
        NOT_YOU,
        lambda her, scene: her.insert(
            "window_ends",
            session=her.value("SELECT session FROM windows LIMIT 1"),
            ended_at=her.now,
            reason="finished",
            ended_by=scene.id_of("anna"),
        ),
    ),
    "writes a note in another's name": (
        NOT_YOU,
        lambda her, scene: her.insert(
            "notes", request=scene.quiet, number=90, at=her.now, by=scene.id_of("otto"), text="x"
        ),
    ),
    "dates a note back": (
        NOT_NOW,
        lambda her, scene: her.insert(
            "notes", request=scene.quiet, number=90, at=hour_ago(her), by=her.me, text="x"
        ),
    ),
    "changes a verification": (NOT_PERMITTED, sql("UPDATE verifications SET verified = true")),
    "says somebody else recorded a request": (STAYS, sql("UPDATE requests SET created_by = me()")),
    "takes back that a review was finished": (
        NOT_PERMITTED,
        sql("DELETE FROM review_finishes"),
    ),
    "removes a request": (NOT_PERMITTED, sql("DELETE FROM requests")),
    "moves a request without a word in the log": (
        NOT_RECORDED,
        lambda her, scene: her.run(
            "UPDATE requests SET stage = 'pull' WHERE id = %(id)s", id=scene.quiet
        ),
    ),
    "moves the day on which an answer is due out of sight": (
        NOT_RECORDED,
        lambda her, scene: her.run(
            "UPDATE requests SET due = '2999-01-01' WHERE id = %(id)s", id=scene.quiet
        ),
    ),
    "counts a request by a calendar of her own": (STAYS, sql("UPDATE requests SET calendar = 'x'")),
    "says that what was cut short is complete": (
        STAYS,
        lambda her, scene: (
            her.run("UPDATE pulled SET state = 'incomplete' WHERE request = %(id)s", id=scene.read),
            her.run("UPDATE pulled SET state = 'complete' WHERE request = %(id)s", id=scene.read),
        ),
    ),
    "says that fewer rows were read": (
        NOT_RECORDED,
        lambda her, scene: her.run(
            "UPDATE pulled SET rows = 0, chunks = 0 WHERE request = %(id)s", id=scene.read
        ),
    ),
    "reads on without a word in the log": (
        NOT_RECORDED,
        lambda her, scene: her.insert(
            "vault_chunks",
            pulled=her.value("SELECT min(id) FROM pulled WHERE request = %(id)s", id=scene.read),
            number=99,
            first_row=0,
            rows=1,
            sealed=b"x",
        ),
    ),
    "marks a record without a word in the log": (
        NOT_RECORDED,
        lambda her, scene: her.insert(
            "marks",
            request=scene.read,
            pulled=her.value("SELECT min(id) FROM pulled WHERE request = %(id)s", id=scene.read),
            field="",
            verdict="disclose",
            reason="",
            by=her.me,
            at=her.now,
        ),
    ),
    "writes a note without a word in the log": (
        NOT_RECORDED,
        lambda her, scene: her.insert(
            "notes", request=scene.quiet, number=97, at=her.now, by=her.me, text="x"
        ),
    ),
    "says that she read more than she did": (
        "log.never_happened",
        lambda her, scene: her.log(
            Action.DATA_READ,
            her.value("SELECT session FROM pulled WHERE request = %(id)s LIMIT 1", id=scene.read),
            request=scene.read,
        ),
    ),
    "asks under a name that only looks like another's": (
        "workspace.unreadable",
        lambda her, scene: ask(her, scene, id="\N{CYRILLIC CAPITAL LETTER A}-0001"),
    ),
    "locks all requests for herself": (
        NOT_PERMITTED,
        sql("LOCK TABLE requests IN ACCESS EXCLUSIVE MODE"),
    ),
    "says which rows a pull was about": (STAYS, sql("UPDATE pulled SET request = 'x'")),
    "pulls into another's window": (
        NOT_PERMITTED,
        pull_into,
    ),
    "makes herself an approver": (
        NOT_PERMITTED,
        sql(f"UPDATE members SET roles = '{AS_APPROVER}'"),
    ),
    "lets a friend in": (
        NOT_PERMITTED,
        lambda her, scene: her.insert("logins", login=SOMEBODY, member=scene.id_of("otto")),
    ),
    "asks for one person's data and then looks for another's": (
        "request.access_asked",
        lambda her, scene: her.run(
            "UPDATE request_identities SET value = 'another@example.org' WHERE request ="
            " (SELECT request FROM access_requests WHERE id = %(id)s)",
            id=scene.granted,
        ),
    ),
    "adds an identity to what was granted": (
        "request.access_asked",
        lambda her, scene: her.insert(
            "request_identities",
            request=her.value(
                "SELECT request FROM access_requests WHERE id = %(id)s", id=scene.granted
            ),
            position=9,
            kind="email",
            value="another@example.org",
            verified=True,
        ),
    ),
    "takes a request over in silence": (
        NOT_RECORDED,
        lambda her, scene: her.run(
            "UPDATE requests SET owner = 'x' WHERE id = %(id)s", id=scene.quiet
        ),
    ),
    "loosens the policy": (NOT_PERMITTED, sql("UPDATE workspace SET policy = '{}'")),
    "changes a map": (NOT_PERMITTED, sql("UPDATE sources SET map_text = ''")),
    "reads the authority's key": (NOT_PERMITTED, sql("SELECT sealed FROM sealed_authorities")),
    "destroys keys of a closed request in silence": (
        NOT_RECORDED,
        lambda her, scene: her.run(
            "DELETE FROM vault_keys WHERE request = %(id)s", id=scene.closed
        ),
    ),
}

NOT_HER_VAULT: dict[str, tuple[str, Attack]] = {
    "seals another's data to himself": (
        NOT_PERMITTED,
        lambda her, scene: her.insert("vault_keys", request=scene.read, member=her.me, sealed=b"x"),
    ),
    "adds a chunk to another's data": (
        NOT_PERMITTED,
        lambda her, scene: her.insert(
            "vault_chunks",
            pulled=her.value("SELECT min(id) FROM pulled WHERE request = %(id)s", id=scene.read),
            number=99,
            first_row=0,
            rows=1,
            sealed=b"x",
        ),
    ),
    "marks a record of another's": (
        NOT_PERMITTED,
        lambda her, scene: her.insert(
            "marks",
            request=scene.read,
            pulled=her.value("SELECT max(id) FROM pulled"),
            field="",
            verdict="disclose",
            reason="",
            by=her.me,
            at=her.now,
        ),
    ),
    "adds a file to another's data": (
        NOT_PERMITTED,
        lambda her, scene: her.insert(
            "vault_files", request=scene.read, name="f", bytes=1, sha256="", sealed=b"x"
        ),
    ),
    "opens another's window": (
        NOT_YOU + "|" + NO_SUCH_ROW,
        lambda her, scene: her.open(scene.granted),
    ),
    "withdraws another's request": (
        NO_SUCH_ROW,
        lambda her, scene: her.insert(
            "withdrawals", access_request=scene.waiting, by=her.me, at=her.now, reason="x"
        ).log(Action.ACCESS_WITHDRAWN, scene.waiting),
    ),
}

APPROVER: dict[str, tuple[str, Attack]] = {
    "approves another scope than was asked": (
        NO_SUCH_ROW,
        lambda her, scene: her.decide(scene.waiting, scope_hash="f" * 64),
    ),
    "approves more minutes than were asked": (
        "grant_within_asked",
        lambda her, scene: her.decide(scene.waiting, minutes=10_000),
    ),
    "approves more minutes and says so was asked": (
        NO_SUCH_ROW,
        lambda her, scene: her.decide(scene.waiting, minutes=10_000, asked_minutes=10_000),
    ),
    "approves for whenever she likes": (
        "access.against_policy",
        lambda her, scene: her.decide(scene.waiting, start_by=her.now + timedelta(days=9)),
    ),
    "moves the day on which an answer is due": (
        NOT_PERMITTED,
        sql("UPDATE requests SET due = '2999-01-01'"),
    ),
    "approves with another log than there is": (
        BROKEN_CHAIN,
        lambda her, scene: her.decide(scene.waiting, head="f" * 64),
    ),
    "approves in a colleague's name": (
        NOT_YOU,
        lambda her, scene: her.decide(scene.waiting, approver=scene.id_of("bea")),
    ),
    "approves as of an hour ago": (
        NOT_NOW,
        lambda her, scene: her.decide(scene.waiting, decided_at=hour_ago(her)),
    ),
    "approves without a word in the log": (
        NOT_RECORDED,
        lambda her, scene: her.decide(scene.waiting),
    ),
    "writes of another decision than was made": (
        "log.never_happened",
        lambda her, scene: her.decide(scene.waiting).log(Action.ACCESS_DENIED, scene.waiting),
    ),
    "denies without a reason": (
        "denial_has_note",
        lambda her, scene: her.decide(scene.waiting, granted=False),
    ),
    "decides a second time": (TAKEN, lambda her, scene: her.decide(scene.granted)),
    "says yes a second time, as if she were two": (
        TAKEN,
        lambda her, scene: her.decide_next(scene.half),
    ),
    "says yes where she said no": (TAKEN, lambda her, scene: her.decide(scene.half_denied)),
    "decides what was withdrawn": (
        "access.not_waiting",
        lambda her, scene: her.decide(scene.withdrawn),
    ),
    "asks for access": (NOT_PERMITTED, ask),
    "opens a window": (NOT_PERMITTED, lambda her, scene: her.open(scene.granted)),
    "changes who a request is about": (
        NOT_PERMITTED,
        sql(OTHER_SUBJECT),
    ),
    "changes an identity": (NOT_PERMITTED, sql("UPDATE request_identities SET value = 'x'")),
    "moves a request without a word in the log": (
        NOT_RECORDED,
        sql("UPDATE requests SET stage = 'pull' WHERE stage = 'approval'"),
    ),
    "says another thing was asked of a source": (
        NOT_PERMITTED,
        sql("INSERT INTO source_grants VALUES ('x', 'shop', '', '', '', '', '', '', null, null)"),
    ),
}

BOTH: dict[str, tuple[str, Attack]] = {
    "approves her own request": (
        "approver_is_not_requester",
        lambda her, scene: her.decide(scene.of_bea),
    ),
    "approves her own request as another's": (
        NO_SUCH_ROW,
        lambda her, scene: her.decide(scene.of_bea, requester=scene.id_of("olga")),
    ),
    "says yes after a colleague's no": (
        NO_SUCH_ROW,
        lambda her, scene: her.decide_next(scene.half_denied),
    ),
    "says yes after a colleague's no, and that this does not matter": (
        "decision_follows_a_grant",
        lambda her, scene: her.decide_next(scene.half_denied, follows_a_grant=False),
    ),
    "says that her yes alone is enough": (
        TAKEN,
        lambda her, scene: her.decide(scene.half, approvers_needed=1),
    ),
    "says that her yes is the last of two, for what nobody granted": (
        NO_SUCH_ROW,
        lambda her, scene: her.decide(scene.waiting, number=2, follows=1, approvers_needed=2),
    ),
    "says yes out of turn": (
        "decision_has_its_turn",
        lambda her, scene: her.decide(scene.half, number=2),
    ),
    "says yes more often than is needed": (
        "decision_is_needed",
        lambda her, scene: her.decide(scene.half, number=3, follows=2),
    ),
    "approves her own request in a colleague's name": (
        NOT_YOU,
        lambda her, scene: her.decide(scene.of_bea, approver=scene.id_of("anna")),
    ),
    "asks in another's name, to approve it herself": (
        NOT_YOU,
        lambda her, scene: ask(her, scene, requester="olga"),
    ),
}

TWICE: dict[str, tuple[str, Attack]] = {
    "writes once more, and otherwise, that she granted": (
        "log.never_happened",
        lambda her, scene: her.log(Action.ACCESS_GRANTED, scene.granted),
    ),
}

AUDITOR: dict[str, tuple[str, Attack]] = {
    "decides": (NOT_PERMITTED, lambda her, scene: her.decide(scene.waiting)),
    "asks for access": (NOT_PERMITTED, ask),
    "writes a note": (
        NOT_PERMITTED,
        lambda her, scene: her.insert(
            "notes", request=scene.quiet, number=91, at=her.now, by=her.me, text="x"
        ),
    ),
    "ends access": (
        NOT_PERMITTED,
        lambda her, scene: her.insert(
            "revocations", access_request=scene.granted, by=her.me, at=her.now, reason="x"
        ),
    ),
    "changes a request": (NOT_PERMITTED, sql("UPDATE requests SET owner = 'x'")),
    "reads the authority's key": (NOT_PERMITTED, sql("SELECT sealed FROM sealed_authorities")),
}

ADMINISTRATOR: dict[str, tuple[str, Attack]] = {
    "makes herself an approver": (
        "member.own_roles",
        lambda her, _: her.run(
            f"UPDATE members SET roles = '{AS_APPROVER}' WHERE id = %(me)s",
            me=her.me,
        ),
    ),
    "makes a friend an approver in silence": (
        NOT_RECORDED,
        lambda her, scene: her.run(
            f"UPDATE members SET roles = '{AS_APPROVER}' WHERE id = %(id)s",
            id=scene.id_of("otto"),
        ),
    ),
    "removes a member": (NOT_PERMITTED, sql("DELETE FROM members")),
    "gives a member's place to another login": (
        NOT_PERMITTED,
        sql(f"UPDATE logins SET login = '{SOMEBODY}' WHERE login = 'anna'"),
    ),
    "gives a member a second login": (
        TAKEN,
        lambda her, scene: her.insert("logins", login=SOMEBODY, member=scene.id_of("anna")),
    ),
    "lets a superuser in as a member": (
        "member.login_unfit",
        lambda her, _: member(her, "owner"),
    ),
    "lets somebody in who can make roles": (
        "member.login_unfit",
        lambda her, _: member(her, "boss"),
    ),
    "lets somebody in without a word in the log": (
        NOT_RECORDED,
        lambda her, _: member(her, SOMEBODY),
    ),
    "puts a login into a group past the members": (
        NOT_PERMITTED,
        lambda her, _: her.run(f"GRANT {group(her)} TO {SOMEBODY}"),
    ),
    "decides": (NOT_PERMITTED, lambda her, scene: her.decide(scene.waiting)),
    "asks for access": (NOT_PERMITTED, ask),
    "opens a window": (NOT_PERMITTED, lambda her, scene: her.open(scene.granted)),
    "loosens the policy in silence": (
        NOT_RECORDED,
        sql(
            "UPDATE workspace SET policy = jsonb_set(policy::jsonb, '{version}',"
            " to_jsonb((policy::json ->> 'version')::int + 1))"
        ),
    ),
    "loosens the policy under the same number": (
        STAYS,
        sql("UPDATE workspace SET policy = replace(policy::text, 'standard', 'none')"),
    ),
    "makes a policy that no program knows": (
        "workspace.unreadable",
        sql("UPDATE workspace SET policy = '{\"wishes\":1}'"),
    ),
    "makes a policy of other kinds": (
        "workspace.unreadable",
        sql('UPDATE workspace SET policy = \'{"minutes_at_most":"many"}\''),
    ),
    "says of a map what it does not say": (
        "source.map_differs",
        sql("UPDATE sources SET map_says = replace(map_says, 'email', 'e-mail')"),
    ),
    "changes a holiday in silence": (
        NOT_RECORDED,
        lambda her, _: her.insert(
            "day_overrides",
            position=99,
            calendar="DE",
            day=her.now.date(),
            name="x",
            is_holiday=True,
            reason="x",
        ),
    ),
    "exchanges a map in silence": (NOT_RECORDED, sql("UPDATE sources SET map_text = 'mine'")),
    "certifies a key of her own for an approver, who shows it to nobody": (
        "member.not_certified",
        lambda her, scene: certify(her, scene, member=scene.id_of("anna"), why="keys").log(
            Action.KEYS_REPLACED, scene.id_of("anna")
        ),
    ),
    "exchanges the authority": (
        NOT_PERMITTED,
        sql("UPDATE workspace SET authority_certificate = 'mine'"),
    ),
    "gives the workspace another id": (NOT_PERMITTED, sql("UPDATE workspace SET id = 'mine'")),
    "says another added a source": (NOT_YOU, sql("UPDATE sources SET added_by = 'x'")),
    "changes who a request is about": (
        NOT_PERMITTED,
        sql(OTHER_SUBJECT),
    ),
    "takes an officer's key from her in silence": (
        NOT_RECORDED,
        sql("UPDATE vault_keys SET sealed = ''"),
    ),
    "puts something else in the place of an officer's key": (
        NOT_PERMITTED,
        sql("UPDATE vault_keys SET sealed = 'mine'"),
    ),
    "certifies somebody in silence": (NOT_RECORDED, certify),
    "certifies in another's name": (
        NOT_YOU,
        lambda her, scene: certify(her, scene, issued_by=scene.id_of("adam")),
    ),
    "dates a certificate back": (
        NOT_NOW,
        lambda her, scene: certify(her, scene, issued_at=hour_ago(her)),
    ),
    "takes a certificate back as of an hour ago": (
        NOT_NOW,
        lambda her, scene: revoke(her, scene, at=hour_ago(her)),
    ),
    "takes a certificate back in silence": (NOT_RECORDED, revoke),
    "takes back what takes a certificate back": (
        NOT_PERMITTED,
        sql("DELETE FROM certificate_revocations"),
    ),
    "exchanges a certificate on record": (
        NOT_PERMITTED,
        sql("UPDATE certificates SET signing = 'mine'"),
    ),
    "says that somebody left and takes nothing back": (
        "log.never_happened|member.not_certified",
        lambda her, scene: (
            her.run(
                "UPDATE members SET left_at = clock_timestamp() WHERE id = %(id)s",
                id=scene.id_of("otto"),
            ),
            her.log(Action.MEMBER_LEFT, scene.id_of("otto")),
        ),
    ),
    "makes a friend an approver without certifying it": (
        "log.never_happened|member.not_certified",
        lambda her, scene: (
            her.run(
                f"UPDATE members SET roles = '{AS_APPROVER}' WHERE id = %(id)s",
                id=scene.id_of("otto"),
            ),
            her.log(Action.MEMBER_CHANGED, scene.id_of("otto")),
        ),
    ),
    "gives somebody's seals to herself": (
        "member.not_certified",
        lambda her, scene: (
            her.run(
                "UPDATE members SET encryption_certificate = 'mine' WHERE id = %(id)s",
                id=scene.id_of("otto"),
            ),
            certify(her, scene, why="keys"),
            her.log(Action.KEYS_REPLACED, scene.id_of("otto")),
        ),
    ),
}
