"""Hand a mail to an SMTP server."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from hashlib import sha256

from escalert.nightly.config import EmailConfig
from escalert.nightly.delivery.failure import UndeliveredError
from escalert.nightly.secrets import resolve

Server = smtplib.SMTP | smtplib.SMTP_SSL


def send_mail(email: EmailConfig, recipient: str, key: str, subject: str, text: str) -> None:
    """Send a mail to one recipient; one that is sent twice has the same Message-ID.

    Raises
    ------
    UndeliveredError
        If the server did not take it.
    """
    message = mail_of(email, recipient, key, subject, text)
    password = resolve(email.password, "delivery.email.password") if email.password else None
    try:
        with _connected(email) as server:
            if email.user and password:
                server.login(email.user, password)
            server.send_message(message, to_addrs=[recipient])
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise _refused(code, said) from error
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise UndeliveredError(f"the server cannot do that: {error}", is_lasting=True) from error
    except smtplib.SMTPException as error:
        raise UndeliveredError(f"the server broke off: {error}") from error
    except TimeoutError as error:
        raise UndeliveredError("the server did not answer in time") from error
    except OSError as error:
        raise UndeliveredError(f"the server cannot be reached: {error.strerror or type(error).__name__}") from error


def mail_of(email: EmailConfig, recipient: str, key: str, subject: str, text: str) -> EmailMessage:
    """Build a mail."""
    message = EmailMessage()
    message["From"] = email.sender
    message["To"] = recipient
    message["Subject"] = subject
    message["Date"] = formatdate()
    domain = parseaddr(email.sender)[1].rpartition("@")[2] or "localhost"
    message["Message-ID"] = f"<{sha256(key.encode()).hexdigest()[:32]}@{domain}>"
    # No answers of absent people, as RFC 3834 asks of programs.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def _connected(email: EmailConfig) -> Server:
    host, port, patience = email.host, email.port, email.timeout_seconds
    if email.security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=patience, context=ssl.create_default_context())
    server = smtplib.SMTP(host, port, timeout=patience)
    if email.security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def _refused(code: int, said: bytes | str) -> UndeliveredError:
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    # 4xx is for now, 5xx for good (RFC 5321, section 4.2.1).
    return UndeliveredError(f"the server answered {code}: {' '.join(words.split())}", is_lasting=code >= 500)
