"""What every workspace must do with lists of requests: filter, sort and page them itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from app.domain.requests import Right, Stage
from app.ports.storage import RequestFilter
from tests.builders import (
    NOON,
    a_pause,
    a_request,
    a_subject,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.ports.storage import UnitOfWork, Workspace
    from tests.contracts.workspace_ground import WorkspaceGround


class RequestListContract:
    """Lists of requests: filtered, sorted and paged by the database."""

    @pytest.fixture(scope="class")
    @classmethod
    def quiet(cls, lasting: WorkspaceGround) -> Iterator[Workspace]:
        """A workspace in which nothing is ever committed."""
        workspace = lasting.open()
        yield workspace
        workspace.close()

    @pytest.fixture
    def unit(self, quiet: Workspace) -> Iterator[UnitOfWork]:
        with quiet.write() as unit:
            for number, (name, owner, stage, right) in enumerate(
                [
                    ("Éloïse Dupont", "olga", Stage.INTAKE, Right.ACCESS),
                    ("straße 100%_\\", "anna", Stage.REVIEW, Right.ERASURE),
                    ("ÅSA Öberg", "olga", Stage.CLOSE, Right.ACCESS),
                    ("eloise martin", "anna", Stage.CLOSE, Right.ACCESS),
                ],
                start=1,
            ):
                closed = NOON + timedelta(days=number) if stage is Stage.CLOSE else None
                unit.requests.add(
                    a_request(
                        f"DSR-2026-{number:04}",
                        subject=a_subject(name=name),
                        regime="gdpr" if number < 4 else "ccpa",
                        owner=owner,
                        stage=stage,
                        right=right,
                        received_at=NOON - timedelta(days=number % 3),
                        closed_at=closed,
                        pauses=(a_pause(number),),
                    )
                )
            yield unit

    @pytest.mark.parametrize(
        ("which", "expected"),
        [
            (RequestFilter(), [3, 4, 1, 2]),
            (RequestFilter(order="received_at"), [2, 1, 4, 3]),
            (RequestFilter(order="id"), [1, 2, 3, 4]),
            (RequestFilter(order="-id"), [4, 3, 2, 1]),
            (RequestFilter(order="subject"), [3, 1, 4, 2]),
            (RequestFilter(order="-stage"), [4, 3, 2, 1]),
            (RequestFilter(order="closed_at"), [3, 4, 1, 2]),
            (RequestFilter(order="-closed_at"), [4, 3, 2, 1]),
            (RequestFilter(order="id", is_open=True), [1, 2]),
            (RequestFilter(order="id", is_open=False), [3, 4]),
            (RequestFilter(order="id", owner="anna"), [2, 4]),
            (RequestFilter(order="id", stages=("close", "review")), [2, 3, 4]),
            (RequestFilter(order="id", rights=("erasure",)), [2]),
            (RequestFilter(order="id", regimes=("ccpa", "lgpd")), [4]),
            (RequestFilter(order="id", stages=("close",), owner="olga"), [3]),
            (RequestFilter(order="id", text="ELOÏSE"), [1, 4]),
            (RequestFilter(order="id", text="oberg"), [3]),
            (RequestFilter(order="id", text="STRASSE"), [2]),
            (RequestFilter(order="id", text="%"), [2]),
            (RequestFilter(order="id", text="0%_\\"), [2]),
            (RequestFilter(order="id", text="dsr-2026-0003"), [3]),
            (RequestFilter(text="nobody"), []),
            (RequestFilter(text="x" * 60_000), []),
            (RequestFilter(text="\0"), []),
        ],
    )
    def test_a_list_holds_what_was_asked_in_the_order_asked(
        self, unit: UnitOfWork, which: RequestFilter, expected: list[int]
    ) -> None:
        page = unit.requests.find(which)
        assert [int(each.id[-4:]) for each in page.rows] == expected
        assert page.total == len(expected)
        assert all(each == unit.requests.get(each.id) for each in page.rows)

    def test_a_page_knows_how_long_the_whole_is(self, unit: UnitOfWork) -> None:
        page = unit.requests.find(RequestFilter(order="id", offset=1, limit=2))
        assert [each.id[-1] for each in page.rows] == ["2", "3"]
        assert page.total == 4

    def test_an_order_that_requests_do_not_have_is_a_mistake(self, unit: UnitOfWork) -> None:
        for order in ("pauses", "subject_name; DROP TABLE requests", "", "--id"):
            with pytest.raises(ValueError, match="no order"):
                unit.requests.find(RequestFilter(order=order))
