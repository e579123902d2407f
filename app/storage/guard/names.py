"""How the roles of a shared workspace are called; roles belong to the server, not to a database."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.domain.people import Role
from app.paths import resource

SCHEMA = "sandglass"
_ID_CHARACTERS = 8


@dataclass(frozen=True)
class Names:
    """The names that belong to one workspace. ``prefix`` begins all of them."""

    prefix: str

    @classmethod
    def of(cls, workspace_id: str) -> Names:
        """Return the names for the workspace with this id."""
        return cls(f"sandglass_{workspace_id[:_ID_CHARACTERS].lower()}")

    @classmethod
    def of_owner(cls, owner: str) -> Names:
        """Return the names for the workspace whose tables this role owns."""
        return cls(owner.removesuffix("_owner"))

    @property
    def owner(self) -> str:
        """Who owns tables and functions; nobody can log in as it."""
        return f"{self.prefix}_owner"

    @property
    def members(self) -> str:
        """The group of everybody who works here."""
        return f"{self.prefix}_member"

    def group(self, role: Role) -> str:
        """Return the group of those who have ``role``."""
        return f"{self.prefix}_{role.value}"

    @property
    def groups(self) -> tuple[str, ...]:
        """Every group."""
        return (self.members, *(self.group(each) for each in Role))

    def filled(self, file: str, **more: str) -> str:
        """Return a file of the guard with the names in it."""
        values = {
            "schema": SCHEMA,
            "owner": self.owner,
            "members": self.members,
            "prefix": self.prefix,
            "channel": self.prefix,
            **{role.value: self.group(role) for role in Role},
            **more,
        }
        text = resource("guard", file).read_text(encoding="utf-8")
        return re.sub(r"\{\{([a-z_]+)\}\}", lambda found: values[found.group(1)], text)
