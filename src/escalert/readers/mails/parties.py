"""Who of those who wrote in a thread is the agent, and who the customer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from escalert.readers.mails.message import Mail
from escalert.readers.speakers import Roles, normal_name, role_words
from escalert.records import Speaker

# At these, everyone has an address, so that two of them say nothing of belonging together.
PUBLIC_HOSTS = (
    "gmail googlemail outlook hotmail live msn yahoo ymail icloud me mac aol gmx web proton protonmail mail freenet "
    "orange wanadoo free laposte libero t-online btinternet comcast verizon qq 163 126 naver yandex"
)
SHARED_BOXES = (
    "support service services help helpdesk care customercare customerservice customersupport info contact hello "
    "billing sales orders returns complaints claims kundenservice kundendienst hilfe soporte ayuda"
)
COUNTRY_WIDE = ("co", "com")
NOBODY_ANSWERS = (
    "nobody answers in this thread, and its sender is taken for the customer; name the agents' addresses or domain, as"
    " in --speaker agent=@shop.example"
)

_PUBLIC = frozenset(PUBLIC_HOSTS.split())
_SHARED = frozenset(SHARED_BOXES.split())


@dataclass(slots=True)
class Parties:
    """The speaker of every mail of a thread, and the addresses of both sides."""

    speakers: list[Speaker]
    customer: str | None = None
    agent: str | None = None
    notes: list[str] = field(default_factory=list)


def parties_of(mails: Sequence[Mail], roles: Roles) -> Parties:
    """Tell agent and customer apart.

    By the addresses, domains and names that the user gave roles; else the agent is who answers the first mail, unless
    that was sent by a shared box such as ``support@``. Colleagues, of one domain that is not for everyone, are of one
    party. Automatic mails are of nobody; other people stay unknown.
    """
    given = [_named(mail, roles) for mail in mails]
    customer, agent = _sides(mails, given)
    speakers = [
        "other" if mail.is_automatic else role or _guessed(mail.sender, customer, agent)
        for mail, role in zip(mails, given, strict=True)
    ]
    is_guess = agent is None and "customer" in speakers and not any(given)
    return Parties(speakers, customer, agent, [NOBODY_ANSWERS] if is_guess else [])


def _sides(mails: Sequence[Mail], given: Sequence[Speaker | None]) -> tuple[str | None, str | None]:
    """Give an address of the customer and one of the agent, as far as both are known."""
    people = [(mail, role) for mail, role in zip(mails, given, strict=True) if mail.sender and not mail.is_automatic]
    agent = next((mail.sender for mail, role in people if role == "agent"), None)
    customer = next((mail.sender for mail, role in people if role == "customer"), None)
    if agent or customer:
        others = [mail.sender for mail, role in people if role is None]
        return customer or next(iter(others), None), agent or next(iter(others), None)
    if not people:
        return None, None
    first = people[0][0]
    answers = [mail.sender for mail, _ in people if not _are_together(mail.sender, first.sender)]
    asked = [sender for sender in answers if any(_are_together(sender, to) for to in first.recipients)]
    # Where a help desk serves its own house, all are of one domain.
    inside = [mail.sender for mail, _ in people if mail.sender in first.recipients and mail.sender != first.sender]
    answer = next(iter(asked or answers or inside), None)
    if _is_shared_box(first.sender) and not (answer and _is_shared_box(answer)):
        return answer or next(iter(first.recipients), None), first.sender
    return first.sender, answer


def _guessed(sender: str, customer: str | None, agent: str | None) -> Speaker:
    for role, address in (("customer", customer), ("agent", agent)):
        if sender and sender == address:
            return "customer" if role == "customer" else "agent"
    is_inside = customer is not None and agent is not None and _are_together(customer, agent)
    if customer and not is_inside and _are_together(sender, customer):
        return "customer"
    return "agent" if agent and not is_inside and _are_together(sender, agent) else "unknown"


def _named(mail: Mail, roles: Roles) -> Speaker | None:
    """Give the role that the user gave an address, its domain or one above it, or the name of the sender."""
    return next((roles.names[name] for name in map(normal_name, _names(mail)) if name in roles.names), None)


def _names(mail: Mail) -> Iterator[str]:
    host = mail.sender.partition("@")[2]
    yield mail.sender
    while "." in host:
        yield f"@{host}"
        yield host
        host = host.partition(".")[2]
    yield mail.name


def _are_together(one: str, other: str) -> bool:
    """Tell whether two addresses are of one party."""
    host, upper = sorted((address.partition("@")[2] for address in (one, other)), key=len, reverse=True)
    return one == other or (bool(upper) and f".{host}".endswith(f".{upper}") and not _is_public(upper))


def _is_public(host: str) -> bool:
    first, *others = host.split(".")
    return first in _PUBLIC and (len(others) == 1 or others[0] in COUNTRY_WIDE)


def _is_shared_box(address: str) -> bool:
    return not _SHARED.isdisjoint(role_words(address.partition("@")[0]))
