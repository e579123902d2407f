"""Fixtures that every test may ask for."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.servers"]

# How long an example takes says something about the machine, not about the code.
settings.register_profile("sandglass", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("sandglass")
