"""Sandglass: answers data subject requests with access that closes by itself."""

__version__ = "0.1.0"
