"""Finds the plugins of a package: one constant per public module, no registration."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType


def load[T](package: ModuleType, name: str, kind: type[T]) -> list[T]:
    """Return the constant ``name`` of every public module in ``package``, in file order.

    A plugin with parts of its own is a package, with the constant in its ``__init__``; a name
    that starts with an underscore is not a plugin.
    """
    found: list[T] = []
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda each: each.name):
        if module.name.startswith("_"):
            continue
        plugin = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), name, None)
        if not isinstance(plugin, kind):
            message = f"{package.__name__}.{module.name} must define {name}: {kind.__name__}"
            raise TypeError(message)
        found.append(plugin)
    return found
