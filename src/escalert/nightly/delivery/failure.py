"""Why something could not be delivered."""

from __future__ import annotations

from escalert.errors import EscalertError


class UndeliveredError(EscalertError):
    """A try that went wrong.

    Parameters
    ----------
    why : str
        Without secrets, as it is kept in the store.
    is_lasting : bool
        Whether trying again within the run is of no use.
    after_s : float, optional
        How long the receiver asked to wait.
    """

    def __init__(self, why: str, *, is_lasting: bool = False, after_s: float | None = None) -> None:
        super().__init__(why)
        self.is_lasting = is_lasting
        self.after_s = after_s
