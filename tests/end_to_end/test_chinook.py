"""The sample shop, tried through the command: every engine gives the same person's rows."""

from __future__ import annotations

import io
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.bootstrap import build
from app.cli.command import Console
from app.cli.commands.map import COMMAND
from tests.fakes import no_window

if TYPE_CHECKING:
    from tests.servers import MariadbServer, PostgresqlServer

SAMPLES = os.environ.get("SANDGLASS_SAMPLES", "")
FOLDER = Path(SAMPLES) / "chinook"
EMAIL = "luisg@embraer.com.br"
COUNTS = {"customer": 1, "invoice": 7, "invoiceline": 38, "track": 38, "employee": 0}

pytestmark = pytest.mark.skipif(not SAMPLES, reason="SANDGLASS_SAMPLES names no sample folder")


def read(tmp_path: Path, map_file: Path, url: str) -> dict[str, list[dict[str, object]]]:
    """Return what ``map test --json`` reads."""
    import argparse  # noqa: PLC0415 - only here

    parser = argparse.ArgumentParser()
    COMMAND.add_arguments(parser)
    words = ["test", str(map_file), "--source", url, "--identity", f"email={EMAIL}", "--json"]
    out, err = io.StringIO(), io.StringIO()
    home = tmp_path / "home"
    console = Console(lambda: build(home), io.StringIO(), out, err, open_window=no_window)
    assert COMMAND.run(parser.parse_args(words), console) == 0
    found: dict[str, list[dict[str, object]]] = json.loads(out.getvalue())["collections"]
    return found


def counted(found: dict[str, list[dict[str, object]]]) -> dict[str, int]:
    return {name.partition(".")[2].replace("_", "").lower(): len(rows)
            for name, rows in found.items()}  # fmt: skip


def test_sqlite_gives_customer_one_and_nobody_else(tmp_path: Path) -> None:
    url = f"sqlite:///{FOLDER / 'chinook.sqlite'}"
    found = read(tmp_path, FOLDER / "chinook-map.yml", url)
    assert counted(found) == COUNTS
    assert found["chinook.Customer"][0]["Email"] == EMAIL


@pytest.mark.server
def test_postgresql_gives_the_same_with_amounts_exact(
    tmp_path: Path, postgresql_server: PostgresqlServer
) -> None:
    with postgresql_server.connect() as owner:
        owner.execute("CREATE DATABASE chinook")
    script = (FOLDER / "chinook-postgresql.sql").read_text(encoding="utf-8")
    script = re.sub(r"(?im)^(DROP|CREATE) DATABASE.*$|^\\c .*$", "", script)
    with postgresql_server.connect("chinook") as owner:
        owner.execute(script.encode())
    spelled = re.sub(
        r"(?<=[ .{])([A-Z][a-z]+(?:[A-Z][a-z]+)+|Customer|Invoice|Track|Employee)(?=[.,}\s])",
        lambda match: re.sub(r"(?<!^)(?=[A-Z])", "_", match.group()).lower(),
        (FOLDER / "chinook-map.yml").read_text(encoding="utf-8"),
    )
    spelled = re.sub(r"name: ([A-Z]\w*)", lambda match: f"name: {match.group(1).lower()}", spelled)
    map_file = tmp_path / "chinook.yml"
    map_file.write_text(spelled, encoding="utf-8")
    server = postgresql_server
    url = f"postgresql://{server.user}:{server.password}@{server.host}:{server.port}/chinook"
    found = read(tmp_path, map_file, url)
    assert counted(found) == COUNTS
    assert found["chinook.invoice"][0]["total"] == "3.98"
    assert found["chinook.invoice"][0]["invoice_date"] == "2022-03-11T00:00:00"


@pytest.mark.server
def test_mariadb_gives_the_same_with_amounts_exact(
    tmp_path: Path, mariadb_server: MariadbServer
) -> None:
    with mariadb_server.connect() as owner:
        owner.run_script((FOLDER / "chinook-mysql.sql").read_text(encoding="utf-8"))
    server = mariadb_server
    url = f"mysql://{server.user}:{server.password}@{server.host}:{server.port}/Chinook"
    found = read(tmp_path, FOLDER / "chinook-map.yml", url)
    assert counted(found) == COUNTS
    assert found["chinook.Invoice"][0]["Total"] == "3.98"
    assert found["chinook.Invoice"][0]["InvoiceDate"] == "2022-03-11T00:00:00"
