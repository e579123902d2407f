"""Finds what the window and the tests need of the system beyond Python packages."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import debian
from console import step, warn
from environment import Environment

# Debian 12 and Ubuntu 22.04 names; newer releases provide them under the same ones.
PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libgl1",
    "libGLdispatch.so.0": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libbrotlicommon.so.1": "libbrotli1",
    "libbrotlidec.so.1": "libbrotli1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libexpat.so.1": "libexpat1",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
}
# The modules that the window imports, and the two plugins that put it on a screen or on none.
USED = (
    "lib/libQt6Widgets.so.6",
    "lib/libQt6PdfWidgets.so.6",
    "lib/libQt6Svg.so.6",
    "lib/libQt6PrintSupport.so.6",
    "plugins/platforms/libqoffscreen.so",
    "plugins/platforms/libqxcb.so",
)
# What tests use and are skipped without, and the package that brings it.
PROGRAMS = {
    "pdftotext": "poppler-utils",
    "qpdf": "qpdf",
    "gnome-keyring-daemon": "gnome-keyring",
    "dbus-run-session": "dbus",
    "secret-tool": "libsecret-tools",
    "initdb": "postgresql",
    "mariadbd": "mariadb-server-core",
    "my_print_defaults": "mariadb-client-core",  # which mariadb-install-db asks
    "pgbouncer": "pgbouncer",
    "slapd": "slapd",
    "krb5kdc": "krb5-kdc",
    "kadmin.local": "krb5-admin-server",
    "kinit": "krb5-user",
    "certutil": "libnss3-tools",
    "Xvfb": "xvfb",
    "openbox": "openbox",
}


def check_window(environment: Environment) -> bool:
    """Say whether Qt finds its system libraries; install or name those that it does not."""
    if environment.stamp().libraries_found:
        return True
    missing = _missing_packages(environment)
    if missing and debian.may_install():
        with step(f"Installing system libraries: {' '.join(missing)}"):
            debian.install(missing)
        missing = _missing_packages(environment)
    if missing:
        warn(f"The window needs system libraries that are missing: {debian.advice(missing)}")
        return False
    environment.remember(replace(environment.stamp(), libraries_found=True))
    return True


def add_test_programs(environment: Environment) -> None:
    """Install the programs that tests talk to; without them those tests are skipped."""
    missing = _missing_programs()
    known = environment.stamp()
    packages = sorted(PROGRAMS[name] for name in missing)
    if not set(packages) <= set(known.tried) and debian.may_install():
        with step(f"Installing what tests use: {' '.join(packages)}"):
            debian.install(packages)
        environment.remember(replace(known, tried=tuple(packages)))
        missing = _missing_programs()
    if missing:
        advice = debian.advice(sorted(PROGRAMS[name] for name in missing))
        warn(f"Tests that need {', '.join(missing)} are skipped; to have them, {advice}")


def _missing_packages(environment: Environment) -> list[str]:
    ldd = shutil.which("ldd")
    qt = next(environment.folder.glob("lib/python3*/site-packages/PySide6/Qt"), None)
    if ldd is None or qt is None:
        return []
    answer = subprocess.run(
        [ldd, *(str(qt / name) for name in USED)],
        capture_output=True,
        text=True,
        check=False,
    )
    sonames = set(re.findall(r"^\s*(\S+) => not found", answer.stdout, re.MULTILINE))
    return sorted({PACKAGES.get(soname, soname) for soname in sonames})


def _missing_programs() -> list[str]:
    return [name for name in PROGRAMS if not _has_program(name)]


def _has_program(name: str) -> bool:
    if shutil.which(name):
        return True
    if Path("/usr/sbin", name).exists():  # on nobody's PATH but root's
        return True
    # Debian keeps a server's programs off PATH.
    servers = Path("/usr/lib/postgresql")
    return name == "initdb" and any(servers.glob("*/bin/initdb"))
