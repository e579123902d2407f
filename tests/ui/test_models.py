"""Every model that a view of the window shows keeps the rules of Qt's models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QAbstractItemView

from app.ui.pages.requests import RequestsPage
from app.ui.widgets.table import Table
from app.ui.widgets.tick_tree import TickTree
from tests.ui.studio import page_scenes, stage_scenes

if TYPE_CHECKING:
    from tests.ui.studio import Studio


def _models(studio: Studio) -> list[QAbstractItemModel]:
    found = {}
    for view in studio.window.findChildren(QAbstractItemView):
        if isinstance(view, Table | TickTree):
            found[id(view.model())] = view.model()
    return list(found.values())


def test_models_stay_true_while_they_are_shown_sorted_ticked_and_read_again(
    full: Studio,
) -> None:
    scenes = (*page_scenes(), *stage_scenes())
    for scene in scenes:
        scene.show(full)
    models = _models(full)
    assert len(models) >= 6
    warning = QAbstractItemModelTester.FailureReportingMode.Warning
    testers = [QAbstractItemModelTester(model, warning, full.window) for model in models]
    for scene in scenes:
        page = scene.show(full)
        for tree in page.findChildren(TickTree):
            tree.setFocus()
            QTest.keyClick(tree, Qt.Key.Key_Space)
            QTest.keyClick(tree, Qt.Key.Key_Space)
            full.settle()
        if isinstance(page, RequestsPage):
            for order in ("id", "-id", "due", "-received_at"):
                page.table.sort_by(order)
                page.model.restart()
                full.settle()
    assert len(testers) == len(models)  # what they found would be a warning, and fails the test
