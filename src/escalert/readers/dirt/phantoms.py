"""Phantom phrases: what recognisers hear in silence, since the films that they learnt from end with it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from escalert.readers.dirt.draft import Draft, measure, plain_words, word_set
from escalert.records import Turn

SILENT = 0.6
"""`no_speech_threshold` of Whisper. Its authors found that it does not suffice alone, and ask for `UNSURE` as well
(Radford et al. 2022, section 4.5)."""

UNSURE = -1.0
"""`logprob_threshold` of Whisper: the average of a segment below which it was not understood."""

LONGEST = 200
"""Characters of a turn that may be a phantom."""

# A turn of nothing but the words that end a film, and one of the phrases that only a film ends with.
FILM_PHRASES = ("for watching", "for your viewing", "subscribe", "next video", "in the next one", "next episode")
FILM_WORDS = word_set(
    "thanks thank you for watching your viewing and so much very guys everyone all again please don't forget to",
    "remember make sure be like comment share subscribe hit the bell notification button this my our video videos",
    "channel youtube see in next one episode time bye goodbye i'll we'll i hope enjoyed it if have a great good nice",
    "day more",
)
# Whoever made the subtitles is named at the end of a film.
CREDITS = re.compile(
    r"(?:closed )?(?:subtitles?|titles|subtitled|captions?|captioned|captioning|transcript|transcribed|transcription|"
    r"translated|translation)(?: and \w+| provided| made| created)? by"
    r" (?!(?:default|mistake|accident|e?mail|phone|text|hand|law|now|then|today|tomorrow|tonight|\w+day|me|them|you|"
    r"who|whom|my|your|an?|the \w+$)\b)\S+(?: \S+){0,6}|"
    r"(?:subtitles|captions)(?: from)?(?: the)? amara org(?: community)?|"
    r"(?:untertitel(?:ung)?|sous titr(?:es|age)|subtítulos|sottotitoli|legendas|napisy|ondertitels|"
    r"редактор субтитров|субтитры) (?:im|des|der|von|réalisés|st|société|par|realizados|por|creati|e revisione|a cura|"
    r"pela|stworzone|ingediend|а|сделал|создавал)(?: \S+){1,8}|"
    r"продолжение следует|ご視聴ありがとうございました|谢谢(?:大家)?(?:观看|收看)|"
    r"字幕\S*(?: \S+){0,4}|시청해주셔서 감사합니다"
)
_HINTS = (
    *FILM_PHRASES, "title", "untertitel", "caption", "transcri", "translat", "sous-titr", "subtítul", "sottotitol",
    "legendas", "napisy", "субтитр", "продолжение", "ご視聴", "谢谢", "字幕", "시청",
)  # fmt: skip
# What people say on calls and recognisers hear in silence: a phantom only where the recogniser doubts that anybody
# spoke.
SAID_IN_SILENCE = frozenset(
    (
        "", "you", "thank you", "thank you very much", "thank you so much", "thanks", "bye", "bye bye", "goodbye",
        "okay", "ok", "oh", "so", "hmm", "mm", "mhm", "mm hmm", "uh", "um", "yeah", "i", "the", "the end", "i'm sorry",
        "and", "all right", "alright", "see you next time", "we'll be right back", "silence", "music", "foreign",
    )
)  # fmt: skip


def drop_phantoms(draft: Draft) -> int:
    """Drop the turns that recognisers hear in silence; give how many there were."""
    kept = draft.turns
    if any("no_speech_prob" in turn.extra for turn in kept):
        kept = [turn for turn in kept if not _is_silence(turn)]
    if draft.has_any(_HINTS):
        kept = [turn for turn in kept if not _is_of_film(turn.text)]
    count = len(draft.turns) - len(kept)
    draft.turns = kept
    return count


def _is_silence(turn: Turn) -> bool:
    silence = measure(turn, "no_speech_prob")
    return silence is not None and silence > SILENT and _is_doubted(turn)


def _is_of_film(text: str) -> bool:
    if len(text) > LONGEST:
        return False
    lowered = text.lower()
    if not any(hint in lowered for hint in _HINTS):
        return False
    words = plain_words(lowered)
    spoken = " ".join(words)
    is_film = FILM_WORDS.issuperset(words) and any(phrase in spoken for phrase in FILM_PHRASES)
    return is_film or CREDITS.fullmatch(spoken) is not None


def is_said_in_silence(words: Sequence[str]) -> bool:
    """Tell whether a text is one of those that recognisers hear where nothing is said."""
    return " ".join(words) in SAID_IN_SILENCE


def _is_doubted(turn: Turn) -> bool:
    likelihood = measure(turn, "avg_logprob")
    return (likelihood is not None and likelihood < UNSURE) or is_said_in_silence(plain_words(turn.text))
