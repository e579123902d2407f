"""Ciphertext: chunks of rows, files, and the keys sealed to members."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from sqlalchemy import delete, func, select, update

from app.domain.errors import NotFoundError
from app.ports.storage import VaultStore
from app.storage.tables import pulled as pulled_collections
from app.storage.tables import vault_chunks, vault_files, vault_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.storage.statements import Statements

_CHUNKS_AT_ONCE = 2
_AWAITED = b""


class SqlVaultStore(VaultStore):
    """The vault in the workspace's database."""

    def __init__(self, statements: Statements) -> None:
        self._run = statements

    @override
    def put_key(self, request_id: str, member: str, sealed: bytes) -> None:
        self._run.put(vault_keys, {"request": request_id, "member": member, "sealed": sealed})

    @override
    def sealed_key(self, request_id: str, member: str) -> bytes | None:
        mine = (vault_keys.c.request == request_id) & (vault_keys.c.member == member)
        sealed: bytes | None = self._run.value(select(vault_keys.c.sealed).where(mine))
        return sealed or None

    @override
    def key_holders(self, request_id: str) -> tuple[str, ...]:
        rows = self._run.all(
            select(vault_keys.c.member)
            .where(vault_keys.c.request == request_id, vault_keys.c.sealed != _AWAITED)
            .order_by(vault_keys.c.member)
        )
        return tuple(row.member for row in rows)

    @override
    def held_by(self, member: str) -> tuple[str, ...]:
        keys = vault_keys.c
        rows = self._run.all(
            select(keys.request).where(keys.member == member).order_by(keys.request)
        )
        return tuple(row.request for row in rows)

    @override
    def drop_key(self, request_id: str, member: str) -> None:
        self._run.destroyed_secrets = True
        hers = vault_keys.c.request == request_id, vault_keys.c.member == member
        self._run.run(delete(vault_keys).where(*hers))

    @override
    def await_key(self, request_id: str, member: str) -> None:
        hers = vault_keys.c.request == request_id, vault_keys.c.member == member
        self._run.run(update(vault_keys).where(*hers).values(sealed=_AWAITED))

    @override
    def awaited_keys(self) -> tuple[tuple[str, str], ...]:
        awaited = vault_keys.c.sealed == _AWAITED
        rows = self._run.all(select(vault_keys.c.request, vault_keys.c.member).where(awaited))
        return tuple(sorted((row.request, row.member) for row in rows))

    @override
    def add_chunk(
        self, pulled: int, number: int, *, first_row: int, rows: int, sealed: bytes
    ) -> None:
        self._run.add(
            vault_chunks,
            {
                "pulled": pulled,
                "number": number,
                "first_row": first_row,
                "rows": rows,
                "sealed": sealed,
            },
        )

    @override
    def chunks(self, pulled: int, *, from_row: int = 0) -> Iterator[tuple[int, int, int, bytes]]:
        chunk = vault_chunks.c
        of_these = chunk.pulled == pulled
        before = select(func.max(chunk.number)).where(of_these, chunk.first_row <= from_row)
        first = func.coalesce(before.scalar_subquery(), 0)
        yield from self._run.stream(
            select(chunk.number, chunk.first_row, chunk.rows, chunk.sealed)
            .where(of_these, chunk.number >= first)
            .order_by(chunk.number),
            at_once=_CHUNKS_AT_ONCE,
        )

    @override
    def put_file(
        self, request_id: str, name: str, sealed: bytes, *, bytes_: int, sha256: str
    ) -> None:
        row = {"request": request_id, "name": name, "bytes": bytes_, "sha256": sha256}
        self._run.put(vault_files, {**row, "sealed": sealed})

    @override
    def file(self, request_id: str, name: str) -> bytes:
        mine = (vault_files.c.request == request_id) & (vault_files.c.name == name)
        sealed: bytes | None = self._run.value(select(vault_files.c.sealed).where(mine))
        if sealed is None:
            raise NotFoundError("vault.no_such_file")
        return sealed

    @override
    def files(self, request_id: str) -> tuple[tuple[str, int, str], ...]:
        kept = vault_files.c
        rows = self._run.all(
            select(kept.name, kept.bytes, kept.sha256)
            .where(kept.request == request_id)
            .order_by(kept.name)
        )
        return tuple((name, bytes_, sha256) for name, bytes_, sha256 in rows)

    @override
    def destroy_keys(self, request_id: str) -> int:
        self._run.destroyed_secrets = True
        return self._run.run(delete(vault_keys).where(vault_keys.c.request == request_id))

    @override
    def destroy_data(self, request_id: str) -> int:
        self._run.destroyed_secrets = True
        ours = select(pulled_collections.c.id).where(pulled_collections.c.request == request_id)
        chunks = self._run.run(delete(vault_chunks).where(vault_chunks.c.pulled.in_(ours)))
        files = self._run.run(delete(vault_files).where(vault_files.c.request == request_id))
        return chunks + files
