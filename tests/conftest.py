"""Fixtures that every test may ask for."""

import os

from hypothesis import HealthCheck, settings

# Windows are drawn in memory, unless somebody wants to watch; must stand before Qt is imported.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

pytest_plugins = ["tests.servers"]

# How long an example takes says something about the machine, not about the code.
settings.register_profile("sandglass", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("sandglass")
