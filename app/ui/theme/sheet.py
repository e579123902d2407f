"""The one style sheet. Widgets say what they are by a property; this says how that looks."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

from app.paths import resource
from app.ui.theme.tokens import RADIUS_CARD, RADIUS_CONTROL, SMALL_PIXELS, TITLE_PIXELS

if TYPE_CHECKING:
    from app.ui.theme.tokens import Tokens

_SHEET = Template("""
QToolTip { background: $surface; color: $ink; border: 1px solid $line; padding: 4px 6px; }
QLabel { background: transparent; }
QLabel[role="title"] { font-size: ${title}px; font-weight: 600; }
QLabel[role="brand"] { font-size: 15px; font-weight: 600; }
QLabel[role="heading"] { font-weight: 600; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="key"] { color: $muted; font-size: ${small}px; border: 1px solid $line;
  border-radius: 4px; background: $surface; padding: 0 5px; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="small"] { color: $muted; font-size: ${small}px; }
QLabel[role="error"] { color: $red; font-size: ${small}px; }
QLabel[role="warning"] { color: $amber; }
QLabel[role="figure"] { font-weight: 500; }
QLabel[hue="amber"] { color: $amber; }
QLabel[hue="red"] { color: $red; }
QLabel[hue="green"] { color: $green; }
QLabel[role="mono"] { font-family: "Noto Sans Mono"; font-size: ${small}px; }

QFrame[card="true"] { background: $surface; border: 1px solid $line; border-radius: ${card}px; }
QFrame[card="quiet"] { background: $background; border: 1px solid $line;
  border-radius: ${card}px; }
QFrame[card="chosen"] { background: $surface; border: 2px solid $accent;
  border-radius: ${card}px; }
QFrame[pressable="true"]:hover { border-color: $faint; }
QFrame[pressable="true"]:focus { border: 2px solid $accent; }
QFrame[card="chosen"]:focus { border: 2px solid $ink; }
QFrame[line="true"] { background: $line; border: none; max-height: 1px; min-height: 1px; }
QFrame[tone="amber"] { background: $amber_soft; border: none; border-radius: ${control}px; }
QFrame[tone="red"] { background: $red_soft; border: none; border-radius: ${control}px; }
QFrame[tone="green"] { background: $green_soft; border: none; border-radius: ${control}px; }
QFrame[tone="blue"] { background: $blue_soft; border: none; border-radius: ${control}px; }
QFrame[tone="accent"] { background: $accent_soft; border: none; border-radius: ${control}px; }
QWidget#side { background: $side; border-right: 1px solid $line; }
QFrame#sessionBar[tone="amber"], QFrame#sessionBar[tone="red"] { border-radius: 0;
  border-bottom: 1px solid $line; }

QPushButton { background: $surface; color: $ink;
  border: 1px solid $line; border-radius: ${control}px; padding: 6px 13px; min-height: 18px;
  font-weight: 500; }
QPushButton:hover { border-color: $faint; }
QPushButton:pressed { background: $side; }
QPushButton[capped="true"] { text-align: left; }
QPushButton:checked { background: $accent_soft; border-color: $accent; }
QPushButton:focus { border: 2px solid $accent;
  padding: 5px 12px; outline: none; }
QPushButton:disabled { color: $faint; background: $background; }
QPushButton[kind="primary"] { background: $accent; color: $on_accent; border-color: $accent;
  font-weight: 600; }
QPushButton[kind="primary"]:hover { border-color: $ink; }
QPushButton[kind="primary"]:focus { border: 2px solid $ink; padding: 5px 12px; }
QPushButton[kind="primary"]:disabled { background: $background; color: $faint;
  border-color: $line; }
QPushButton[kind="danger"] { color: $red; border-color: $red; }
QPushButton[kind="danger"]:focus { border: 2px solid $red; }
QPushButton[kind="danger"]:disabled { color: $faint; border-color: $line; }
QPushButton[kind="link"] { background: transparent; border: none; color: $accent; padding: 2px 3px;
  text-decoration: underline; font-weight: 400; text-align: left; min-height: 17px; }
QPushButton[kind="link"]:focus { border: 1px solid $accent; border-radius: 4px; padding: 1px 2px; }
QPushButton[kind="nav"] { background: transparent; border: 1px solid transparent; color: $muted;
  text-align: left; padding: 7px 10px; border-radius: 8px; }
QPushButton[kind="nav"]:hover { color: $ink; }
QPushButton[kind="nav"]:checked { background: $surface; border-color: $line; color: $ink; }
QPushButton[kind="nav"]:focus { border: 2px solid $accent; padding: 6px 9px; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 6px;
  padding: 3px; }
QToolButton:hover { border-color: $line; }
QToolButton:focus { border: 1px solid $accent; }
QToolButton::menu-indicator, QPushButton::menu-indicator { image: none; width: 0; }

QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QSpinBox, QDateEdit, QDateTimeEdit, QTimeEdit {
  background: $surface; color: $ink; border: 1px solid $line; border-radius: ${control}px;
  padding: 6px 9px; selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit, QComboBox { min-height: 18px; }
QSpinBox, QDateEdit, QDateTimeEdit, QTimeEdit { min-height: 15px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QSpinBox:focus,
QDateEdit:focus, QDateTimeEdit:focus, QTimeEdit:focus { border: 2px solid $accent;
  padding: 5px 8px; }
QLineEdit[wrong="true"], QPlainTextEdit[wrong="true"], QComboBox[wrong="true"],
QDateTimeEdit[wrong="true"], QSpinBox[wrong="true"] { border-color: $red; }
QLineEdit:disabled, QPlainTextEdit:disabled, QTextEdit:disabled, QComboBox:disabled,
QSpinBox:disabled { color: $faint; background: $background; }
QComboBox::drop-down, QDateTimeEdit::drop-down, QDateEdit::drop-down { border: none;
  width: 22px; }
QComboBox::down-arrow, QDateTimeEdit::down-arrow, QDateEdit::down-arrow {
  image: url("$icons/chevron-down-$mode.svg"); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $surface; color: $ink; border: 1px solid $line;
  selection-background-color: $accent_soft; selection-color: $ink; outline: none; padding: 4px; }
QAbstractSpinBox QLineEdit { border: none; padding: 0; min-height: 0; background: transparent; }
QSpinBox::up-button, QSpinBox::down-button { border: none; width: 16px; }
QSpinBox::up-arrow { image: url("$icons/chevron-up-$mode.svg"); width: 10px; height: 10px; }
QSpinBox::down-arrow { image: url("$icons/chevron-down-$mode.svg"); width: 10px; height: 10px; }

QCheckBox, QRadioButton { spacing: 8px; color: $ink; padding: 2px; border: 1px solid transparent;
  border-radius: 5px; }
QCheckBox:focus, QRadioButton:focus { border: 1px solid $accent; }
QCheckBox:disabled, QRadioButton:disabled { color: $muted; }
QCheckBox::indicator:unchecked, QRadioButton::indicator:unchecked { width: 12px; height: 12px;
  background: $surface; border: 1px solid $muted; border-radius: 3px; }
QRadioButton::indicator:unchecked { border-radius: 7px; }
QCheckBox::indicator:unchecked:disabled, QRadioButton::indicator:unchecked:disabled {
  border-color: $faint; }
QCheckBox::indicator:checked { width: 12px; height: 12px; background: $accent;
  border: 1px solid $accent; border-radius: 3px; image: url("$icons/check-$mode.svg"); }
QRadioButton::indicator:checked { width: 6px; height: 6px; background: $surface;
  border: 4px solid $accent; border-radius: 7px; }
QCheckBox::indicator:checked:disabled { background: $faint; border-color: $faint; }
QRadioButton::indicator:checked:disabled { border-color: $faint; }

QAbstractItemView { background: $surface; color: $ink; border: none; outline: none;
  selection-background-color: $accent_soft; selection-color: $ink; }
QListWidget#found::item:selected { background: $accent_soft; }
QListWidget#found { border: 2px solid transparent; border-radius: ${control}px; }
QListWidget#found:focus { border-color: $accent; }
QPdfView { border: 1px solid $line; border-radius: 0; }
QPdfView:focus { border: 2px solid $accent; }
QHeaderView { background: $surface; border: none; }
QHeaderView::section { background: $surface; color: $muted; border: none;
  border-bottom: 1px solid $line; padding: 8px 8px; font-size: ${small}px; font-weight: 400; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QTableCornerButton::section { background: $surface; border: none; }

QMenu { background: $surface; color: $ink; border: 1px solid $line; border-radius: 8px;
  padding: 5px; }
QMenu::item { padding: 6px 22px 6px 12px; border-radius: 5px; }
QMenu::item:selected { background: $accent_soft; color: $ink; }
QMenu::item:disabled { color: $faint; }
QMenu::separator { height: 1px; background: $line; margin: 5px 6px; }

QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget#scrolled { background: transparent; }
QScrollBar:vertical { background: transparent; width: 11px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 11px; margin: 2px; }
QScrollBar::handle { background: $line; border-radius: 3px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: $faint; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QProgressBar { background: $line; border: none; border-radius: 3px; max-height: 6px;
  min-height: 6px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QProgressBar[tone="green"]::chunk { background: $green; }
QProgressBar[tone="amber"]::chunk { background: $amber; }
QProgressBar[tone="red"]::chunk { background: $red; }
QSplitter::handle { background: transparent; width: 8px; }
QDialog { background: $background; }
""")


def sheet_of(tokens: Tokens) -> str:
    """Return the sheet of a scheme."""
    colours = {
        name: value for name in tokens.__dataclass_fields__ if (value := getattr(tokens, name))
    }
    return _SHEET.substitute(
        colours,
        title=TITLE_PIXELS,
        small=SMALL_PIXELS,
        card=RADIUS_CARD,
        control=RADIUS_CONTROL,
        icons=resource("icons").as_posix(),
        mode="dark" if tokens.is_dark else "light",
    )
