"""Maps as files: reading, checking and writing of the Fides dataset format."""

from app.services.fides.reader import Inspected, inspect_maps, read_maps
from app.services.fides.writer import map_data, map_hash, map_says, write_maps

__all__ = [
    "Inspected",
    "inspect_maps",
    "map_data",
    "map_hash",
    "map_says",
    "read_maps",
    "write_maps",
]
