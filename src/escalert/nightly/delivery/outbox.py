"""Put the deliveries of a night into the outbox: rendered and redacted, so that a later run can send the very same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from escalert.nightly.config import NightlyConfig
from escalert.nightly.delivery.document import night_document
from escalert.nightly.delivery.lines import taxonomy_of
from escalert.nightly.delivery.messages import mail_subject, mail_text, slack_body, webhook_body
from escalert.nightly.delivery.outgoing import Outgoing, outgoing_night
from escalert.nightly.delivery.report import night_page
from escalert.nightly.delivery.table import night_table
from escalert.nightly.night import Night
from escalert.nightly.store import Delivery, Store
from escalert.taxonomy import Taxonomy

FILE_KINDS = ("report", "csv", "json")

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A delivery before it has a number.

    Attributes
    ----------
    fingerprint : str
        Of what it says: another one makes another delivery, a revision.
    render : callable
        Gives the payload from the key and the number of the revision.
    """

    kind: str
    target: str
    fingerprint: str
    render: Callable[[str, int], Payload]


def enqueue_deliveries(store: Store, night: Night, config: NightlyConfig) -> int:
    """Render all that ``[delivery]`` asks for, redacted as ``[privacy]`` says, and put it into the outbox.

    What is there already is not put in again: of files their text decides that, of messages the list of missed
    escalations. If it differs from what the same run delivered before, it is a revision with a key of its own.

    Returns
    -------
    int
        How many deliveries were put in.
    """
    outgoing = outgoing_night(store, night, config.privacy, config.folder)
    there: dict[tuple[str, str], tuple[int, str]] = {}
    for delivery in store.outbox.of_run(night.run_id):
        place = delivery.kind, delivery.target
        there[place] = max(there.get(place, (0, "")), revision_of(delivery.key))
    drafts = [*_files(outgoing, config), *_messages(outgoing, night, config)]
    return store.outbox.enqueue(
        _numbered(draft, number + 1, night.run_id)
        for draft in drafts
        for number, fingerprint in [there.get((draft.kind, draft.target), (0, ""))]
        if fingerprint != draft.fingerprint
    )


def revision_of(key: str) -> tuple[int, str]:
    """Read from a key the number of the revision, from 1, and the fingerprint of what it says."""
    _, number, fingerprint = key.rsplit(":", 2)
    return int(number), fingerprint


def _numbered(draft: _Draft, number: int, run_id: str) -> Delivery:
    # A key is also a header of HTTP: nothing but ASCII.
    key = f"{quote(f'{run_id}:{draft.kind}:{draft.target}', safe='/:@ ')}:{number}:{draft.fingerprint}"
    return Delivery(key, run_id, draft.kind, draft.target, draft.render(key, number))


def _files(outgoing: Outgoing, config: NightlyConfig) -> Iterator[_Draft]:
    taxonomy, delivery = taxonomy_of(outgoing.night), config.delivery
    written: tuple[tuple[str, Path | None, Callable[[], str]], ...] = (
        ("report", delivery.report, lambda: night_page(outgoing, taxonomy)),
        ("csv", delivery.csv, lambda: night_table(outgoing, taxonomy)),
        ("json", delivery.json_folder, lambda: _json_file(outgoing, taxonomy)),
    )
    for kind, folder, text_of in written:
        if folder is not None:
            text = text_of()
            payload = {"name": file_name(kind, outgoing.night.run_id), "text": text}
            yield _Draft(kind, _named(folder, config), _fingerprint(text), lambda key, number, payload=payload: payload)  # type: ignore[misc]


def _messages(outgoing: Outgoing, night: Night, config: NightlyConfig) -> Iterator[_Draft]:
    taxonomy, delivery, quotes = taxonomy_of(outgoing.night), config.delivery, config.delivery.quotes
    listed = [[each.stored.call_id, each.stored.content_hash, each.priority, each.repeat] for each in night.missed]
    said = _fingerprint(json.dumps([night.counts.get("missed"), listed]))

    def to_json(key: str, number: int) -> Payload:
        return {"body": webhook_body(outgoing, taxonomy, quotes=quotes, key=key, revision=number)}

    def to_slack(key: str, number: int) -> Payload:
        return {"body": slack_body(outgoing, taxonomy, quotes=quotes, revision=number)}

    def to_mail(key: str, number: int) -> Payload:
        assert delivery.email is not None
        text = mail_text(outgoing, taxonomy, quotes=quotes, report=_report_file(night, config))
        return {"subject": mail_subject(night, delivery.email.subject, number), "text": text}

    for hook in delivery.webhooks:
        kind, render = ("slack", to_slack) if hook.form == "slack" else ("webhook", to_json)
        yield _Draft(kind, hook.name, said, render)
    # A mail for each recipient: an address that is refused does not have the others written to again.
    for recipient in dict.fromkeys(delivery.email.recipients if delivery.email else ()):
        yield _Draft("email", recipient, said, to_mail)


def file_name(kind: str, run_id: str) -> str:
    """Name the file of a run: ``report-2026-03-02.html``."""
    stem = re.sub(r"[^\w.-]", "_", run_id)
    return f"report-{stem}.html" if kind == "report" else f"missed-{stem}.{kind}"


def _report_file(night: Night, config: NightlyConfig) -> str:
    folder = config.delivery.report
    return str(Path(_named(folder, config)) / file_name("report", night.run_id)) if folder else ""


def _named(folder: Path, config: NightlyConfig) -> str:
    """Name a folder as the configuration does, so that all of it can be moved."""
    inside = folder.is_relative_to(config.folder)
    return (folder.relative_to(config.folder) if inside else folder).as_posix()


def _json_file(outgoing: Outgoing, taxonomy: Taxonomy) -> str:
    return json.dumps(night_document(outgoing, taxonomy), indent=1, ensure_ascii=False) + "\n"


def _fingerprint(text: str) -> str:
    return sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]
