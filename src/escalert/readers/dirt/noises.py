"""Marks of music, laughter and noise, which nobody said."""

from __future__ import annotations

import re
from dataclasses import replace

from escalert.readers.dirt.draft import Draft, word_set
from escalert.readers.dirt.marks import read_marks, tidy

# Marks of feeling (crying, screaming, shouting, sighing) tell of the caller, and are not among these.
NOISE_WORDS = word_set(
    "music applause laughter laugh laughs laughing laughed chuckle chuckles chuckling giggle giggles giggling noise",
    "noises static silence pause pauses inaudible unintelligible indistinct indiscernible crosstalk overtalk cough",
    "coughs coughing sneeze sneezes sniff sniffs breath breathing breathes beep beeps beeping dtmf ringing rings",
    "ringtone click clicks clicking clatter rustling typing tones barking barks chatter wind traffic siren hiss hum",
    "humming buzzing sil unk spn nsn noi lgh vocnoise blank_audio blank audio ding chime",
)
BESIDE_NOISE = word_set(
    "background hold on playing plays upbeat soft gentle dramatic classical phone telephone line dial tone keyboard",
    "mouse dog dogs baby door sound sounds of loud long short no clears clearing throat in the vocalized vocalised",
    "and speech speaking foreign language engine car street people voice voices",
)
NOISE_PHRASES = frozenset(
    tuple(phrase.split())
    for phrase in (
        "on hold", "hold", "dial tone", "no audio", "no speech", "clears throat", "clearing throat", "foreign language",
        "speaking foreign language", "foreign", "background sounds", "background voices", "background speech",
        "door closes", "door slams", "dog barks", "engine sounds",
    )
)  # fmt: skip

_HINTS = tuple("[(<{*♪♫♬♩%")
_STARRED = re.compile(r"(?<![\w*])\*([a-z][a-z ]{2,30})\*(?![\w*])", re.I)
_NOTES = re.compile(r"[♪♫♬♩]+")
_HESITATION = re.compile(r"%hesitation\b", re.I)
# A turn of dots is silence; one of "?" may be a question in a chat.
_ANYTHING = re.compile(r"[^\s.…_-]")
_SPEECH = re.compile(r"[^\W_]|[*#@$%&]|[^\x00-\u25ff♪♫♬♩]")


def take_out_noises(draft: Draft) -> int:
    """Take the marks of noises out of the turns, and drop the turns that are empty then; give how many there were."""
    count = 0
    kept = []
    suspects = set(draft.turns_with(_HINTS))
    for index, turn in enumerate(draft.turns):
        text = turn.text
        marks = 0
        if index in suspects:
            text, marks = without_noises(text)
        if text[:1].isalpha() or (_SPEECH if marks else _ANYTHING).search(text):
            kept.append(replace(turn, text=text) if marks else turn)
        else:
            marks = marks or 1
        count += marks
    draft.turns = kept
    return count


def without_noises(text: str) -> tuple[str, int]:
    """Give a text without marks of noises, and how many of them it had."""
    text, marks = read_marks(text, lambda _, words: " " if is_noise(words) else None)
    starred = 0

    def unstarred(found: re.Match[str]) -> str:
        nonlocal starred
        if not is_noise(tuple(found[1].lower().split())):
            return found[0]
        starred += 1
        return " "

    text = _STARRED.sub(unstarred, text)
    text, notes = _NOTES.subn(" ", text)
    text, hesitations = _HESITATION.subn(" ", text)
    count = marks + starred + notes + hesitations
    return (tidy(text) if count else text), count


def is_noise(words: tuple[str, ...]) -> bool:
    """Tell whether the words of a mark name a noise."""
    given = set(words)
    return words in NOISE_PHRASES or bool(given <= NOISE_WORDS | BESIDE_NOISE and given & NOISE_WORDS)
