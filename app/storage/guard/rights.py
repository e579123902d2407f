"""Who may do what with the rows of which table: privileges and row policies of the groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.people import Role
from app.storage.guard.names import SCHEMA
from app.storage.tables import METADATA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.storage.guard.names import Names

ALL = tuple(Role)
OFFICER = (Role.OFFICER,)
ADMINISTRATOR = (Role.ADMINISTRATOR,)
ENDING = (Role.OFFICER, Role.APPROVER, Role.ADMINISTRATOR)
"""Who may end access, and does when a program died."""
_READ, _ADD, _CHANGE, _REMOVE = "SELECT", "INSERT", "UPDATE", "DELETE"


@dataclass(frozen=True)
class Right:
    """What the groups of ``roles`` may do with those rows for which ``rows`` holds.

    ``columns`` limits which of them can be changed; without any it is all.
    """

    verb: str
    roles: tuple[Role, ...]
    rows: str = "true"
    columns: tuple[str, ...] = ()
    becomes: str = ""
    """What must hold for a changed row, where that is not what held before."""


def read(*roles: Role, rows: str = "true") -> Right:
    """Let ``roles`` read."""
    return Right(_READ, roles, rows)


def add(*roles: Role, rows: str = "true") -> Right:
    """Let ``roles`` add."""
    return Right(_ADD, roles, rows)


def change(
    *roles: Role, rows: str = "true", columns: tuple[str, ...] = (), becomes: str = ""
) -> Right:
    """Let ``roles`` change."""
    return Right(_CHANGE, roles, rows, columns, becomes)


def remove(*roles: Role, rows: str = "true") -> Right:
    """Let ``roles`` remove."""
    return Right(_REMOVE, roles, rows)


def _of_requests(request: str = "request") -> tuple[Right, Right]:
    """Officers and auditors read all that belongs to requests; who decides or ends access, what
    belongs to those for which it was asked.
    """
    asked = f"{request} IN (SELECT a.request FROM access_requests a)"  # noqa: S608 - our own names
    return (
        read(Role.OFFICER, Role.AUDITOR),
        read(Role.APPROVER, Role.ADMINISTRATOR, rows=asked),
    )


_OTHERS = (Role.APPROVER, Role.ADMINISTRATOR, Role.AUDITOR)
_HELD = "holds_key({request}) OR NOT is_sealed({request})"
"""Ciphertext is for those with the key; what lost all its keys is only there to be removed."""
_OF_FILE, _OF_CHUNK = _HELD.format(request="request"), _HELD.format(request="request_of(pulled)")
_MINE = "member = me()"
_ASKED_BY_ME = "access_request IN (SELECT a.id FROM access_requests a WHERE a.requester = me())"
_NOT_HERS = (
    f"is_closed(request) OR (holds_key(request) AND NOT {_MINE} AND NOT owns(request, member))"
)
"""A key that an officer may take away: everybody's of what is closed, else a colleague's."""
_NO_ADMINISTRATOR = (Role.OFFICER, Role.APPROVER, Role.AUDITOR)
"""Whose machines replace the secrets of airlocks, each step by whom it is for."""

RIGHTS: dict[str, tuple[Right, ...]] = {
    "workspace": (
        read(*ALL),
        add(*ADMINISTRATOR),
        change(*ADMINISTRATOR, columns=("title", "controller", "timezone", "calendar", "policy")),
    ),
    "day_overrides": (
        read(*ALL),
        add(*ADMINISTRATOR),
        change(*ADMINISTRATOR),
        remove(*ADMINISTRATOR),
    ),
    "drawer": (
        read(*ALL, rows=_MINE),
        add(*ALL, rows=_MINE),
        change(*ALL, rows=_MINE),
        remove(*ALL, rows=_MINE),
    ),
    "counters": (read(*ALL), add(*ALL), change(*ALL)),
    "members": (read(*ALL), add(*ADMINISTRATOR), change(*ADMINISTRATOR)),
    "certificates": (read(*ALL), add(*ADMINISTRATOR)),
    "certificate_revocations": (read(*ALL), add(*ADMINISTRATOR)),
    "logins": (read(*ALL), add(*ADMINISTRATOR)),
    "sealed_authorities": (
        read(*ADMINISTRATOR),
        add(*ADMINISTRATOR),
        change(*ADMINISTRATOR),
        remove(*ADMINISTRATOR),
    ),
    "sources": (read(*ALL), add(*ADMINISTRATOR), change(*ADMINISTRATOR)),
    "airlocks": (
        read(*ALL),
        add(*ADMINISTRATOR),
        change(*ADMINISTRATOR),
        change(
            *_NO_ADMINISTRATOR,
            columns=("keys", "gatekeeper_verifier", "watchman_verifier", "state", "checked_at"),
        ),
        remove(*ADMINISTRATOR),
    ),
    "airlock_renewals": (
        read(*ALL),
        add(*ALL),
        change(*ALL, columns=("made", "mac", "again")),
        remove(*ADMINISTRATOR),
        remove(*_NO_ADMINISTRATOR, rows="is_renewed(source, kind) AND NOT again"),
    ),
    "airlock_secrets": (
        read(*ALL),
        add(*ADMINISTRATOR),
        add(*_NO_ADMINISTRATOR, rows="may_seal(source, kind)"),
        change(*ADMINISTRATOR),
        change(*_NO_ADMINISTRATOR, rows="is_renewed(source, kind)", columns=("kind",)),
        remove(*ADMINISTRATOR),
        remove(*_NO_ADMINISTRATOR, rows="has_left(member) OR is_renewed(source, kind)"),
    ),
    "source_grants": (
        read(*ALL),
        add(*OFFICER, rows=_ASKED_BY_ME),
        change(Role.APPROVER, Role.ADMINISTRATOR),
        change(Role.OFFICER, rows=_ASKED_BY_ME),
        remove(*ADMINISTRATOR),
    ),
    "requests": (
        *_of_requests("id"),
        add(*OFFICER),
        change(*OFFICER),
        change(Role.APPROVER, columns=("stage", "version")),
        change(Role.ADMINISTRATOR, columns=("stage", "version", "due", "safe_by", "is_paused")),
    ),
    "request_identities": (
        *_of_requests(),
        add(*OFFICER),
        change(*OFFICER),
        remove(*OFFICER),
    ),
    "pauses": (*_of_requests(), add(*OFFICER), change(*OFFICER)),
    "notes": (*_of_requests(), add(*OFFICER)),
    "verifications": (*_of_requests(), add(*OFFICER)),
    "access_requests": (read(*ALL), add(*OFFICER)),
    "decisions": (read(*ALL), add(Role.APPROVER)),
    "withdrawals": (read(*ALL), add(*OFFICER)),
    "revocations": (read(*ALL), add(*ENDING)),
    "windows": (read(*ALL), add(*OFFICER)),
    "window_ends": (read(*ALL), add(*ENDING)),
    "pulled": (
        *_of_requests(),
        add(*OFFICER, rows="is_my_window(session)"),
        change(*OFFICER, rows="state <> 'complete' OR holds_key(request)"),
        change(Role.APPROVER, Role.ADMINISTRATOR, rows="state <> 'complete'"),
    ),
    "notices": (*_of_requests(), add(*ENDING), change(*OFFICER)),
    "not_reached": (read(*ALL), add(*OFFICER, rows="is_my_window(session)")),
    "vault_keys": (
        # Who holds a key is for auditors, too; what is sealed opens to its holder alone.
        read(*OFFICER, *ADMINISTRATOR, Role.AUDITOR),
        read(Role.APPROVER, rows=_MINE),
        add(
            *OFFICER,
            rows="(holds_key(request) AND handles_requests(member))"
            f" OR ({_MINE} AND NOT is_sealed(request))",
        ),
        change(*OFFICER, rows="holds_key(request) AND handles_requests(member)"),
        remove(*OFFICER, rows=_NOT_HERS),
        # Of a member who lost her keys, or who handles requests no more.
        change(*ADMINISTRATOR, columns=("sealed",), becomes="octet_length(sealed) = 0"),
        remove(*ADMINISTRATOR, rows="NOT handles_requests(member)"),
    ),
    "vault_chunks": (
        read(*OFFICER, rows=_OF_CHUNK),
        read(*_OTHERS, rows="holds_key(request_of(pulled))"),
        add(*OFFICER, rows="holds_key(request_of(pulled))"),
        remove(*OFFICER, rows="NOT is_sealed(request_of(pulled))"),
    ),
    "vault_files": (
        read(*OFFICER, rows=_OF_FILE),
        read(*_OTHERS, rows="holds_key(request)"),
        add(*OFFICER, rows="holds_key(request)"),
        change(*OFFICER, rows="holds_key(request)"),
        remove(*OFFICER, rows="NOT is_sealed(request)"),
    ),
    "review_flags": (*_of_requests(), add(*OFFICER, rows="holds_key(request)")),
    "marks": (*_of_requests(), add(*OFFICER, rows="holds_key(request)")),
    "mark_undos": (read(*ALL), add(*OFFICER)),
    "review_finishes": (*_of_requests(), add(*OFFICER), change(*OFFICER)),
    "letters": (*_of_requests(), add(*OFFICER), change(*OFFICER)),
    "checklist_answers": (*_of_requests(), add(*OFFICER), change(*OFFICER)),
    "packages": (*_of_requests(), add(*OFFICER), change(*OFFICER)),
    "reports": (read(*ALL), add(*ALL)),
    "log": (read(*ALL), add(*ALL)),
    "log_head": (read(*ALL),),
    "alembic_version": (read(*ALL),),
}
"""Every table of a shared workspace; what is not said here nobody may."""


CALLED = {
    "channel": "",
    "end_turn": "",
    "handles_requests": "text",
    "has_left": "text",
    "holds_key": "text",
    "holds_secret": "text, text",
    "is_closed": "text",
    "is_my_window": "text",
    "is_renewed": "text, text",
    "is_sealed": "text",
    "may_seal": "text, text",
    "me": "",
    "owns": "text, text",
    "refuse": "text",
    "request_of": "bigint",
    "take_turn": "",
    "turn_holder": "",
}
"""The functions that members call, or row policies and triggers in their name, with arguments; the
others only the guard calls.
"""


def statements(names: Names) -> Iterator[str]:
    """Yield what takes all rights away and gives these."""
    groups = ", ".join((names.members, *(names.group(each) for each in Role)))
    for kind in ("TABLES", "SEQUENCES", "FUNCTIONS"):
        for whose in ("PUBLIC", groups):
            yield f"REVOKE ALL ON ALL {kind} IN SCHEMA {SCHEMA} FROM {whose}"
    yield f"REVOKE ALL ON SCHEMA {SCHEMA} FROM PUBLIC"
    yield f"GRANT USAGE ON SCHEMA {SCHEMA} TO {names.members}"
    called = ", ".join(f"{name}({arguments})" for name, arguments in CALLED.items())
    yield f"GRANT EXECUTE ON FUNCTION {called} TO {names.members}"
    for table, rights in RIGHTS.items():
        counted = METADATA.tables[table].autoincrement_column if table in METADATA.tables else None
        if counted is not None:
            roles = {each for right in rights if right.verb == _ADD for each in right.roles}
            to = ", ".join(names.group(each) for each in sorted(roles))
            yield f'GRANT USAGE ON SEQUENCE "{table}_{counted.name}_seq" TO {to}'
        yield f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY'
        yield _no_policies(table)
        for number, right in enumerate(rights, start=1):
            to = ", ".join(names.group(each) for each in right.roles)
            # Column by column: who may change a table as a whole may lock it as a whole.
            changed = right.columns or (_columns(table) if right.verb == _CHANGE else ())
            columns = ", ".join(f'"{each}"' for each in changed)
            yield f'GRANT {right.verb}{f" ({columns})" if columns else ""} ON "{table}" TO {to}'
            yield (
                f'CREATE POLICY {right.verb.lower()}_{number} ON "{table}" FOR {right.verb} TO {to}'
                f" {_condition(right)}"
            )


def _columns(table: str) -> tuple[str, ...]:
    return tuple(each.name for each in METADATA.tables[table].columns if each.computed is None)


def _condition(right: Right) -> str:
    if right.verb == _ADD:
        return f"WITH CHECK ({right.rows})"
    if right.verb == _CHANGE:
        return f"USING ({right.rows}) WITH CHECK ({right.becomes or right.rows})"
    return f"USING ({right.rows})"


def _no_policies(table: str) -> str:
    return f"""DO $$ DECLARE old record; BEGIN
      FOR old IN SELECT policyname FROM pg_catalog.pg_policies
                  WHERE schemaname = '{SCHEMA}' AND tablename = '{table}' LOOP
        EXECUTE format('DROP POLICY %I ON "{table}"', old.policyname);
      END LOOP; END $$"""  # noqa: S608 - names of our own
