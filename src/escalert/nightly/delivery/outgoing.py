"""A night as it may leave the machine: every text of it redacted as ``[privacy]`` says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from escalert.nightly.config import PrivacyConfig
from escalert.nightly.delivery.screen import Screen
from escalert.nightly.night import AuditCall, CallGroupEntry, Contradiction, ListedCall, Night
from escalert.nightly.store import Store, StoredVerdict
from escalert.records import Call, CallVerdict

NAMED = ("started_at", "channel", "language", "source", "queue", "agent_id")
"""Fields of a call that are shown; any other one of the input, and the customer's id, stay where they are."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What may be shown of a night.

    Attributes
    ----------
    night : Night
        Redacted; nobody's customer id is in it.
    transcripts : mapping of str to Call
        The listed and audited calls, redacted, by the call id that `night` shows; without those whose text was deleted.
    """

    night: Night
    transcripts: Mapping[str, Call] = field(default_factory=dict)


def outgoing_night(store: Store, night: Night, privacy: PrivacyConfig, folder: Path | None = None) -> Outgoing:
    """Redact a night; each call as a whole, so that numbers spread over several turns go, too.

    Parameters
    ----------
    folder : Path, optional
        That of the configuration, from which paths are named.
    """
    screened = _Screened(store, Screen.of(privacy, folder))
    screen = screened.screen
    shown = replace(
        night,
        model=screen.named(night.model),
        missed=tuple(map(screened.listed, night.missed)),
        audit=tuple(map(screened.audited, night.audit)),
        groups=tuple(map(screened.group, night.groups)),
        contradictions=tuple(map(screened.contradiction, night.contradictions)),
        skipped=tuple(map(screen.path, night.skipped)),
    )
    put = [*(listed.stored for listed in shown.missed), *(audited.stored for audited in shown.audit)]
    return Outgoing(shown, {each.call_id: call for each in put if (call := screened.calls.get(each.call_id))})


class _Screened:
    """The calls of a night, each read and redacted once."""

    def __init__(self, store: Store, screen: Screen) -> None:
        self.screen = screen
        self.calls: dict[str, Call] = {}
        self._store = store
        self._seen: dict[str, StoredVerdict] = {}

    def listed(self, call: ListedCall) -> ListedCall:
        return replace(
            call,
            stored=self.stored(call.stored),
            repeat=self.screen.prose(call.repeat, names=call.earlier),
            earlier=tuple(map(self.screen.identifier, call.earlier)),
            group=self.screen.prose(call.group),
        )

    def audited(self, call: AuditCall) -> AuditCall:
        return replace(call, stored=self.stored(call.stored))

    def group(self, group: CallGroupEntry) -> CallGroupEntry:
        return replace(group, name=self.screen.prose(group.name), examples=tuple(map(self.stored, group.examples)))

    def contradiction(self, found: Contradiction) -> Contradiction:
        return replace(found, call_id=self.screen.identifier(found.call_id), origin=self.screen.path(found.origin))

    def stored(self, stored: StoredVerdict) -> StoredVerdict:
        if stored.call_id not in self._seen:
            self._seen[stored.call_id] = self._stored(stored)
        return self._seen[stored.call_id]

    def _stored(self, stored: StoredVerdict) -> StoredVerdict:
        screen, shown_id = self.screen, self.screen.identifier(stored.call_id)
        call = self._store.calls.get(stored.call_id)
        verdict = screen.verdict(stored.verdict, call.turns if call and _is_of(stored.verdict, call) else None)
        metadata = {name: self._named(name, value) for name in NAMED if (value := verdict.metadata.get(name))}
        fields = dict(self._fields(stored))
        if call is not None:
            self.calls[shown_id] = self._call(call, shown_id)
        return replace(
            stored,
            call_id=shown_id,
            customer_id=None,
            verdict=replace(verdict, call_id=shown_id, metadata=metadata),
            **fields,  # type: ignore[arg-type]
        )

    def _call(self, call: Call, shown_id: str) -> Call:
        """Redact a call, and leave out what is not shown of it."""
        return Call(
            shown_id,
            self.screen.turns(call.turns),
            language=self._named("language", call.language),
            started_at=self._named("started_at", call.started_at),
            warnings=tuple(map(self.screen.named, call.warnings)),
            **dict(self._fields(call)),  # type: ignore[arg-type]
        )

    def _fields(self, given: Call | StoredVerdict) -> Iterator[tuple[str, str | None]]:
        for name in ("channel", "queue", "agent_id"):
            yield name, self._named(name, getattr(given, name))
        yield "origin", self.screen.path(given.origin)

    def _named(self, name: str, value: object) -> str | None:
        if not value:
            return None
        return (self.screen.identifier if name in ("queue", "agent_id") else self.screen.named)(str(value))


def _is_of(verdict: CallVerdict, call: Call) -> bool:
    """Tell whether all evidence stands in the call as it is now."""
    evidence = (turn for finding in verdict.triggers.values() for turn in finding.evidence)
    return all(turn.turn < len(call.turns) and call.turns[turn.turn].text == turn.text for turn in evidence)
