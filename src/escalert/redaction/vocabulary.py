"""The words that redaction knows."""

from __future__ import annotations


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


def _numbered(line: str, first: int, step: int = 1) -> dict[str, str]:
    return {word: str(first + step * place) for place, word in enumerate(line.split())}


UNITS = _numbered("zero one two three four five six seven eight nine", 0)
UNITS |= dict.fromkeys(("oh", "o", "nought", "naught", "aught"), "0") | {"niner": "9"}
TEENS = _numbered("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", 10)
TENS = _numbered("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10) | {"fourty": "40"}
REPEATS = {"double": 2, "triple": 3, "treble": 3}
LARGE = _words("thousand million billion lakh crore")
NUMBER_WORDS = frozenset([*UNITS, *TEENS, *TENS, *REPEATS]) - {"o"}

MISHEARD = {"to": "2", "too": "2", "for": "4", "won": "1", "ate": "8"}
"""Words that recognisers write for a digit; taken for one only between two digits."""

HESITATIONS = _words(
    "uh um er erm ah eh hmm mm mhm uhm then no nope sorry wait",
    "dash hyphen minus space slash oblique stroke comma pause",
)
"""Words between the digits of a number, also after a full stop."""

FILLERS = HESITATIONS | _words(
    "okay ok right yes yeah yep so like well hang hold on let me see actually i mean that that's thats it's its again",
    "please sir madam ma'am correct",
)
"""Words between the digits of a number within a sentence."""

GLUE = _words(
    "number numbers no num nr id code digits is are was were it s that thats be being my our the your his her their",
    "uh um er erm ah mm okay ok yes yeah so here of for with there sir please which reads starts and on at in you",
    "would goes like to full long then well sure right actually i think one call me back m again give gave",
)
"""Words between a label and its number."""

PROVIDERS = _words(
    "gmail googlemail hotmail outlook yahoo ymail icloud aol protonmail proton msn live comcast verizon btinternet gmx",
    "sky talktalk rediffmail rocketmail fastmail bigpond",
)
DOMAINS = _words(
    "com org net edu gov mil int info biz io ai app dev shop store online site tech cloud email name pro xyz club test",
    "example invalid co uk eu ca au nz ie za ng ke gh ph sg hk jp cn kr ae sa de fr es pt nl ch se dk fi pl cz gr ru",
    "br mx ar cl",
)
"""Top-level domains that a business or person is likely to have; also those that RFC 2606 keeps for examples."""

AMBIGUOUS_DOMAINS = _words("in me us it is be at to so no am my")
"""Countries' domains that are common words: only with another sign that an address is meant."""

CONNECTORS = _words("dot point period underscore dash hyphen minus plus . - _ +")
ADDRESS_FILLERS = _words("uh um er erm ah no sorry wait mean like space then ,")
REMARKS = _words("all one word words together lower lowercase case spelled")
"""What is said of an address, as in ``all one word``."""

BEFORE_ADDRESS = _words(
    "a about address addresses again all am an and are as at be been both bought but buy by called come confirmed",
    "contact did do does e-mail email for forward from get go going got had has have he her here him his i if in is",
    "it its just log login look looked looking mail me my new not now of ok okay old on one only or order ordered",
    "our please reach right saw see seen send sent she shop shopping so that thats the their them there these they",
    "this to under us use username using via was we well went what when where which who with write wrote yeah yep",
    "yes you your yup",
)
"""Words with which no address begins, unless a ``dot`` follows."""

DETERMINERS = _words("a an the this that these those some any every each another two")
