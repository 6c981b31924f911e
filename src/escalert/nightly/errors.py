"""What the nightly job can refuse or fail to do; the command line gives each its exit code."""

from __future__ import annotations

from escalert.errors import EscalertError


class StoreError(EscalertError):
    """The store cannot be used or written to: a foreign or damaged file, a full disk, a missing right."""


class StoreUnreachableError(StoreError):
    """The store did not answer, after all retries."""


class StoreVersionError(StoreError):
    """The store was written by a newer escalert than this one."""


class LeaseHeldError(StoreError):
    """Another run holds the lease of the store and is alive."""


class LeaseLostError(StoreError):
    """The lease ran out and another run took it over; this run may write nothing more."""
