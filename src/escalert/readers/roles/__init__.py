"""Who is the agent: the roles of speakers whose labels do not tell, by what they say; see ``docs/roles.md``."""

from __future__ import annotations

from escalert.readers.roles.naming import name_roles

__all__ = ["name_roles"]
