"""What kind of data a file holds, by its first bytes."""

from __future__ import annotations

import re

from escalert.readers.source import encoding_of

GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"
# An archive with members, an empty one, and one that was split.
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
PARQUET = b"PAR1"
TAR_BLOCK = 512

_KNOWN = {
    **dict.fromkeys(ZIP, "a ZIP archive or an Office document"),
    GZIP: "gzip-compressed",
    ZSTD: "zstd-compressed",
    PARQUET: "a Parquet table",
    b"%PDF": "a PDF document",
    b"\xd0\xcf\x11\xe0": "an Office document, old or locked with a password (save it as .xlsx or CSV without one)",
    b"BZh": "bzip2-compressed (gzip and zstd are unpacked)",
    b"\xfd7zXZ": "xz-compressed (gzip and zstd are unpacked)",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive (zip and tar are unpacked)",
    b"Rar!": "a RAR archive (zip and tar are unpacked)",
    b"RIFF": "audio or video",
    b"OggS": "audio",
    b"ID3\x02": "audio",
    b"ID3\x03": "audio",
    b"ID3\x04": "audio",
    b"fLaC": "audio",
}
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def known_kind(head: bytes) -> str:
    """Say what kind of binary data begins with these bytes; empty if it is none that is known."""
    return next((kind for magic, kind in _KNOWN.items() if head.startswith(magic)), "")


def binary_kind(head: bytes) -> str:
    """Say what kind of binary data `head` is; empty if it is text."""
    if kind := known_kind(head):
        return kind
    if encoding_of(head) in ("utf-16", "utf-32"):
        return ""
    controls = len(_CONTROL.findall(head))
    # Text may hold a stray control character or two; a twentieth of all bytes is no accident.
    return "binary, or UTF-16 without a byte order mark" if controls > max(2, len(head) // 20) else ""


def is_tar(head: bytes) -> bool:
    """Tell whether a tar archive begins with these bytes: whether the sum in its first block is right."""
    block = head[:TAR_BLOCK]
    noted = block[148:156].strip(b" \0")
    if len(block) < TAR_BLOCK or not noted or len(noted) > 7 or noted.strip(b"01234567"):
        return False
    return sum(block[:148]) + sum(block[156:]) + 8 * ord(" ") == int(noted, 8)
