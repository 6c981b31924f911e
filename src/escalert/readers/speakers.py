"""Who speaks: from the many words for it to customer, agent, other and unknown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from escalert.errors import UsageError
from escalert.readers.vocabulary import AGENT_WORDS, CUSTOMER_WORDS, OTHER_WORDS
from escalert.records import SPEAKERS, Speaker

# Two of a label's words may belong to different roles: a "customer service manager" is a manager, a
# "customer service agent" an agent.
_IN_ORDER: tuple[tuple[frozenset[str], Speaker], ...] = (
    (OTHER_WORDS, "other"),
    (AGENT_WORDS, "agent"),
    (CUSTOMER_WORDS, "customer"),
    (frozenset({"unknown"}), "unknown"),
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"[^\W\d_]+")
_REMEMBERED = 10_000


class Roles:
    """The role of a speaker label, by one's own names first and then by the words in it.

    Parameters
    ----------
    names : mapping of str to str
        Labels of one's own, in any case, and their roles.
    """

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        self.names = {normal_name(name): _checked_role(role, name) for name, role in (names or {}).items()}
        self._known: dict[str, Speaker | None] = {}

    def __call__(self, label: str) -> Speaker | None:
        """Give the role, or None if the label does not tell."""
        if label not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[label] = self.names.get(normal_name(label)) or _role_by_words(label)
        return self._known[label]


def parse_speakers(options: Iterable[str]) -> dict[str, Speaker]:
    """Read ``ROLE=NAME,NAME`` options.

    Parameters
    ----------
    options : iterable of str
        Such as ``agent=CSR,Rep``.

    Returns
    -------
    dict of str to str
        The role of every name; names in lower case.

    Raises
    ------
    UsageError
        If a role is unknown, a name is missing, or one name has two roles.
    """
    found: dict[str, Speaker] = {}
    for option in options:
        role, equals, names = option.partition("=")
        listed = [name.strip().lower() for name in names.split(",") if name.strip()]
        if not equals or not listed:
            raise UsageError(f"speaker {option!r} names nobody; write ROLE=NAME,NAME such as agent=CSR,Rep")
        for name in listed:
            if found.setdefault(name, _checked_role(role.strip().lower(), option)) != role.strip().lower():
                raise UsageError(f"speaker {name!r} is given two roles: {found[name]} and {role.strip()}")
    return found


def parse_roles(options: Iterable[str]) -> dict[str, Speaker]:
    """Read ``LABEL=ROLE,LABEL=ROLE`` options.

    Parameters
    ----------
    options : iterable of str
        Such as ``spk_0=agent,spk_1=customer``.

    Returns
    -------
    dict of str to str
        The role of every label; labels in lower case.

    Raises
    ------
    UsageError
        If a role is unknown, a label is missing, or one label has two roles.
    """
    found: dict[str, Speaker] = {}
    for each in ",".join(options).split(","):
        label, equals, role = (part.strip().lower() for part in each.rpartition("="))
        if not equals and not role:
            continue
        if not label:
            raise UsageError(f"roles {each.strip()!r} name nobody; write LABEL=ROLE such as spk_0=agent,spk_1=customer")
        if found.setdefault(label, _checked_role(role, label)) != role:
            raise UsageError(f"speaker {label!r} is given two roles: {found[label]} and {role}")
    return found


def normal_name(label: str) -> str:
    """Give the label in lower case, with single spaces for spaces, underscores and hyphens."""
    return " ".join(re.split(r"[\s_-]+", label.strip().lower()))


def role_words(label: str) -> list[str]:
    """Give the words of a label in lower case, digits dropped and camel case parted."""
    return _WORD.findall(_CAMEL.sub(" ", label).lower())


def _role_by_words(label: str) -> Speaker | None:
    if label in SPEAKERS:
        return label
    words = set(role_words(label))
    return next((role for known, role in _IN_ORDER if words & known), None)


def _checked_role(role: str, given: str) -> Speaker:
    if role not in SPEAKERS:
        raise UsageError(f"speaker {given!r}: no such role as {role!r}; known are: {', '.join(SPEAKERS)}")
    return role
