"""Colours, sizes and margins that all documents share; the Typst templates repeat them."""

from __future__ import annotations

INK = "#1d1c1a"
QUIET = "#6c6962"
RULE = "#e2dfd8"
LINE = "#b2afa9"
GOOD = "#1c7a48"
CALM = "#1f5f5b"
OPEN = "#a8590b"
BAD = "#b3261e"

PAGE_WIDTH, PAGE_HEIGHT = 595.28, 841.89
MARGIN = 51.0
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN

TITLE_SIZE, TITLE_PITCH = 18.0, 22.5
HEADING_SIZE = 11.0
BODY_SIZE, BODY_PITCH = 9.4, 14.4
CELL_SIZE, CELL_PITCH = 8.6, 12.6
SMALL_SIZE, SMALL_PITCH = 7.8, 11.0
