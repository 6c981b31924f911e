"""Conversations that stand in a file message by message."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from escalert.readers.building import text_of_id
from escalert.readers.documents import Document
from escalert.readers.format import UnreadableError

MOST_MESSAGES = 100_000


def gathered(
    documents: Iterable[Document], is_message: Callable[[Any], bool], conversation_of: Callable[[Any], Any]
) -> Iterator[Document]:
    """Put messages of one conversation that follow each other into ``{"messages": […]}``; leave the rest as it is.

    Parameters
    ----------
    conversation_of : callable
        Gives the id of the conversation that a message belongs to, or None.

    Raises
    ------
    UnreadableError
        If so many come that they cannot be one conversation.
    """
    run: list[Any] = []
    begun = 1
    for document in documents:
        is_next = is_message(document.value)
        if run and not (is_next and _key(run[0], conversation_of) == _key(document.value, conversation_of)):
            yield Document({"messages": run}, begun)
            run = []
        if not is_next:
            yield document
            continue
        begun = begun if run else document.line
        run.append(document.value)
        if len(run) > MOST_MESSAGES:
            raise UnreadableError(f"more than {MOST_MESSAGES} messages in one conversation; part it by conversation id")
    if run:
        yield Document({"messages": run}, begun)


def _key(message: Any, conversation_of: Callable[[Any], Any]) -> str | None:
    return text_of_id(conversation_of(message))
