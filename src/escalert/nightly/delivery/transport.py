"""Send one delivery to where it belongs, within its time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Thread

from escalert.errors import UsageError
from escalert.nightly.config import NightlyConfig
from escalert.nightly.delivery.failure import UndeliveredError
from escalert.nightly.delivery.mail import send_mail
from escalert.nightly.delivery.outbox import FILE_KINDS
from escalert.nightly.delivery.webhook import post
from escalert.nightly.store import Delivery
from escalert.wholefile import whole_file

MAIL_STEPS = 4
"""A mail takes several answers of the server: greeting, TLS, login, the mail itself."""

log = logging.getLogger("escalert")


def send(delivery: Delivery, config: NightlyConfig) -> None:
    """Make one delivery, once.

    Raises
    ------
    UndeliveredError
        If it could not be made, whatever the cause.
    """
    try:
        if delivery.kind in FILE_KINDS:
            _write(delivery, config)
        elif delivery.kind == "email":
            _mail(delivery, config)
        else:
            _post(delivery, config)
    except UndeliveredError:
        raise
    except UsageError as error:
        raise UndeliveredError(str(error), is_lasting=True) from error
    except Exception as error:
        # Whatever a receiver or a library does must not end the run, nor keep the others from what is theirs.
        log.debug("%s %s", delivery.kind, delivery.target, exc_info=True)
        raise UndeliveredError(f"it failed: {type(error).__name__}", is_lasting=True) from error


def _write(delivery: Delivery, config: NightlyConfig) -> None:
    path = config.folder / delivery.target / _given(delivery, "name")
    text = _given(delivery, "text")
    try:
        # What a run that was killed while it wrote left behind; under the lease nobody else writes here.
        for left in path.parent.glob(f".{path.name}.*.tmp"):
            left.unlink(missing_ok=True)
        with whole_file(path) as temporary:
            temporary.write_bytes(text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise UndeliveredError(f"{path} could not be written: {error.strerror or error}", is_lasting=True) from error


def _post(delivery: Delivery, config: NightlyConfig) -> None:
    hook = next((hook for hook in config.delivery.webhooks if hook.name == delivery.target), None)
    if hook is None:
        raise UndeliveredError("the configuration has no webhook of this name any more", is_lasting=True)
    body = _given(delivery, "body")
    _within(hook.timeout_seconds, lambda: post(hook, delivery.key, body))


def _mail(delivery: Delivery, config: NightlyConfig) -> None:
    email = config.delivery.email
    if email is None or delivery.target not in email.recipients:
        raise UndeliveredError("the configuration has no such recipient any more", is_lasting=True)
    subject, text = _given(delivery, "subject"), _given(delivery, "text")
    _within(MAIL_STEPS * email.timeout_seconds, lambda: send_mail(email, delivery.target, delivery.key, subject, text))


def _given(delivery: Delivery, name: str) -> str:
    if delivery.payload is None:
        raise UndeliveredError("what it was to send is not in the store any more", is_lasting=True)
    return str(delivery.payload[name])


def _within(seconds: float, work: Callable[[], None]) -> None:
    """Do `work`, but do not wait longer.

    The timeout of a socket counts from byte to byte: who answers a byte at a time could hold the run for ever. What
    takes too long goes on in a thread that nobody waits for; if it comes to an end after all, the receiver gets the
    delivery twice, and knows it by its key.
    """
    outcome: list[BaseException | None] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            outcome.append(error)
        else:
            outcome.append(None)

    thread = Thread(target=run, name="escalert delivery", daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise UndeliveredError("it did not answer in time")
    if outcome[0] is not None:
        raise outcome[0]
