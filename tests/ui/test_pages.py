"""Every page and stage: with work in it (light and dark), with nothing, with the workspace lost.

A warning of Qt fails any test of this suite, see qt_log_level_fail in pyproject.toml.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, override

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QMainWindow, QMenu, QWidget

from app.ui.theme import Scheme, apply_theme
from app.ui.widgets.notice import Notice
from tests.ui.studio import Scene, Studio, opened_from, page_scenes, stage_scenes

if TYPE_CHECKING:
    from collections.abc import Iterator

SCENES = (*page_scenes(), *stage_scenes())
_BY_NAME = [pytest.param(scene, id=scene.name) for scene in SCENES]


class _Flashes(QObject):
    """Notes what becomes a window and is none: on a desktop it flashes up and takes the focus."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() is QEvent.Type.Show
            and isinstance(watched, QWidget)
            and watched.isWindow()
            and not isinstance(watched, QMainWindow | QDialog | QMenu)
        ):
            self.seen.append(f"{type(watched).__name__} {watched.accessibleName()}")
        return False


@pytest.fixture(scope="module", params=[Scheme.LIGHT, Scheme.DARK], ids=["light", "dark"])
def _in_both_schemes(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[None]:
    """Once for all tests of a module: every widget is polished anew, which takes long."""
    apply_theme(qapp, request.param)
    yield
    apply_theme(qapp, Scheme.LIGHT)


@pytest.mark.usefixtures("_in_both_schemes")
@pytest.mark.parametrize("scene", _BY_NAME)
def test_a_page_with_work_in_it_is_drawn_and_nothing_flashes_up_beside_it(
    scene: Scene, full: Studio, qapp: QApplication
) -> None:
    flashes = _Flashes()
    qapp.installEventFilter(flashes)
    page = scene.show(full)
    qapp.removeEventFilter(flashes)
    assert flashes.seen == []
    assert page.isVisible()
    assert _words(page)
    assert _errors(page) == []
    assert not page.grab().isNull()


@pytest.mark.parametrize("scene", [pytest.param(each, id=each.name) for each in page_scenes()])
def test_a_page_with_nothing_in_it_says_what_will_be_there(scene: Scene, empty: Studio) -> None:
    page = scene.show(empty)
    assert _words(page)
    assert _errors(page) == []
    assert not page.grab().isNull()


@pytest.mark.parametrize("scene", _BY_NAME)
def test_a_page_says_that_the_workspace_is_lost_and_recovers(scene: Scene, full: Studio) -> None:
    full.workspace.is_lost = True
    try:
        scene.show(full)
        _look_again(full)
        assert _errors(full.window) != []
    finally:
        full.workspace.is_lost = False
    _look_again(full)
    assert _errors(full.window) == []


@pytest.mark.parametrize("scene", _BY_NAME)
def test_every_dialog_of_a_page_is_drawn(scene: Scene, full: Studio) -> None:
    page = scene.show(full)
    for name, dialog in opened_from(full, page):
        assert dialog.windowTitle(), name
        assert not dialog.grab().isNull(), name


def _look_again(studio: Studio) -> None:
    """Do now what the window does twice a second."""
    for seat in studio.window.seats:
        seat.feed.look()
    studio.settle()


def _words(page: QWidget) -> list[str]:
    return [each.text() for each in page.findChildren(QLabel) if each.isVisible() and each.text()]


def _errors(page: QWidget) -> list[str]:
    return [
        each.text
        for each in page.findChildren(Notice)
        if each.isVisible() and each.property("tone") == "red" and each.text
    ]
