"""Post a signed body to a receiver."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ssl
import time
import urllib.error
import urllib.request
from datetime import UTC
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import IO

from escalert.nightly.config import WebhookConfig
from escalert.nightly.delivery.failure import UndeliveredError
from escalert.nightly.secrets import resolve

SIGNATURE = "X-Escalert-Signature"
PASSING = frozenset({408, 409, 425, 429})
"""Answers below 500 after which the same request may succeed (RFC 9110, RFC 8470, RFC 6585)."""
ANSWER_SHOWN = 120
LONGEST_WAIT_S = 86_400.0
"""More than a day is not granted: the next night asks again."""


def post(hook: WebhookConfig, key: str, body: str) -> None:
    """Send a body once; any answer of 2xx is success.

    The body is signed as it is sent: ``X-Escalert-Signature: sha256=`` and the hexadecimal HMAC-SHA256 (RFC 2104) of
    its bytes. A body that comes twice has the same ``Idempotency-Key``.

    Raises
    ------
    UndeliveredError
        If it was not accepted.
    """
    request = _request(hook, key, body.encode())
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        with opener.open(request, timeout=hook.timeout_seconds):
            return
    except urllib.error.HTTPError as error:
        with error:
            raise _refused(error) from error
    except urllib.error.URLError as error:
        raise UndeliveredError(_reason(error.reason)) from error
    except (OSError, http.client.HTTPException) as error:
        raise UndeliveredError(_reason(error)) from error


def signature(body: bytes, secret: str) -> str:
    """Give what a receiver must find in the header."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def retry_after(value: str | None) -> float | None:
    """Read the header ``Retry-After``, seconds or a date (RFC 9110, section 10.2.3); None if it says neither."""
    if not value:
        return None
    if value.strip().isdecimal():
        return min(float(value), LONGEST_WAIT_S)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(0.0, aware.timestamp() - time.time()), LONGEST_WAIT_S)


def _request(hook: WebhookConfig, key: str, body: bytes) -> urllib.request.Request:
    url = resolve(hook.url, f"delivery.webhooks {hook.name}: url")
    headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": key, "User-Agent": "escalert"}
    if hook.secret is not None:
        headers[SIGNATURE] = signature(body, resolve(hook.secret, f"delivery.webhooks {hook.name}: secret"))
    if not url.startswith(("https://", "http://")):
        raise UndeliveredError("its url must begin with https:// or http://", is_lasting=True)
    return urllib.request.Request(url, body, headers, method="POST")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST would become a GET, and go to a place that nobody configured."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        return None


def _refused(error: urllib.error.HTTPError) -> UndeliveredError:
    said = error.read(4 * ANSWER_SHOWN).decode("utf-8", "replace")
    shown = " ".join(said.split())[:ANSWER_SHOWN] if said.isprintable() or said.strip() else ""
    why = f"it answered {error.code}{f': {shown}' if shown else ''}"
    if 300 <= error.code < 400:
        why = f"it answered {error.code}, a redirection: put the new address into the configuration"
    is_passing = error.code >= 500 or error.code in PASSING
    return UndeliveredError(why, is_lasting=not is_passing, after_s=retry_after(error.headers.get("Retry-After")))


def _reason(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, str | http.client.InvalidURL):
        return "its url cannot be used"
    if isinstance(error, OSError) and error.strerror:
        return f"it cannot be reached: {error.strerror}"
    return f"it broke off: {type(error).__name__}"
