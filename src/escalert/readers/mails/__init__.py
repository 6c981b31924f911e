"""E-mail: messages to threads, and threads to calls."""

from escalert.readers.mails.reader import FORMAT

__all__ = ["FORMAT"]
