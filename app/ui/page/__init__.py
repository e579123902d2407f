"""What a page and a stage panel are, and the room in which they work."""

from __future__ import annotations

from app.ui.page.plugin import Page, PageWidget, StagePanel, StageWidget
from app.ui.page.room import Place, Room, Toast

__all__ = ["Page", "PageWidget", "Place", "Room", "StagePanel", "StageWidget", "Toast"]
