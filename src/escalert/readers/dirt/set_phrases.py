"""What machines say to callers, in words without case and punctuation, as recognisers write it."""

from __future__ import annotations

import re

from escalert.readers.dirt.draft import word_set

_STAFF = (
    r"(?:agents?|representatives?|reps?|advisors?|advisers?|operators?|associates?|specialists?|colleagues|consultants?|"
    r"assistants?|officers?|team members?|lines)"
)
_KEY = r"(?:\d|zero|oh|one|two|three|four|five|six|seven|eight|nine|star|pound|hash)"
_NUMBER = r"\w+(?: \w+)?"
_NAME = r"(?: (?!(?:press|please|your?|this|all|for|if|our|calls?|to|the next)\b)\w[\w']*)"

# Each of these makes an announcement of a turn that is hardly more than set phrases.
_TELLING = (
    rf"(?:for|to|if)(?: (?!press)\w[\w']*){{1,14}} press (?:or say )?{_KEY}(?: now)?",
    rf"(?:please )?press {_KEY} (?:for|to|if)(?: (?!press\b|for\b)\w[\w']*){{1,8}}",
    r"(?:please )?say or press \w+",
    r"(?:please )?(?:say|tell me|tell us) in a few words(?: \w[\w']*){0,6}",
    r"your (?:call|chat) is(?: very| extremely)? (?:important|valuable) to us",
    rf"(?:all|our)(?: of)?(?: our| the)?(?: \w+){{0,3}}? {_STAFF} are(?: \w+){{0,2}}?"
    r" (?:busy|assisting|helping|serving)(?: with)?(?: (?:other|another) \w+)?",
    rf"you are(?: still| now| currently)?(?: caller| number| caller number)? {_NUMBER} in (?:the |our )?(?:queue|line)",
    rf"you are caller number {_NUMBER}",
    r"(?:your(?: (?:estimated|expected|approximate|average|current))?|(?:the )?(?:estimated|approximate))"
    r" wait(?:ing)?(?: time)? (?:is|will be)"
    r"(?: \w+){0,4}? (?:minutes?|seconds?|hours?)",
    rf"(?:the |a |your )?next available {_STAFF}(?: (?:will|is)(?: \w+){{1,6}})?",
    rf"(?:an?|one of our|your)(?: \w+)? {_STAFF} will be(?: right)? with you (?:shortly|soon|momentarily|in a moment)",
    r"your call (?:will be|is being|is now being) (?:answered|connected|transferred)(?: \w+){0,8}",
    r"your call (?:has been|is being) forwarded to(?: \w+){1,6}",
    r"your call is in a queue",
    r"if you(?: are|'re| have| wish)(?: \w[\w']*){1,12}? (?:please )?(?:stay|remain) on the line",
    r"for(?: \w+){1,5} (?:please )?(?:stay|remain) on the line",
    rf"you are (?:next|first|second|third|number {_NUMBER}) in (?:the |our )?(?:queue|line)",
    r"(?:all our lines|all lines|our lines) are busy",
    r"(?:press|say) \w+ or (?:press|say) \w+",
    r"(?:please )?say(?: \w[\w']*){1,8} after the (?:tone|beep)",
    r"please (?:continue to hold|hold while (?:we|i) connect you(?: \w+){0,10})",
    r"(?:our )?menu(?: options?)? (?:has|have)(?: recently)? changed",
    r"(?:after|at) the (?:tone|beep)",
    r"(?:the )?(?:person|party|number|customer|subscriber) you (?:are|have|were)(?: \w+){1,3} is(?: \w+){1,5}",
    r"(?:the |this )?(?:mailbox|voicemail box) is(?: \w+)? full",
    r"(?:please )?enter your(?: \w+){1,7} followed by the (?:pound|hash)(?: key| sign)?",
    r"(?:para|en) español(?: \w+){1,4}",
    r"(?:oprima|marque|presione)(?: el)? \w+",
    r"if this is(?: an?)?(?: medical| life threatening)? emergency(?: please)?(?: hang up)?(?: and)?(?: dial| call)"
    r"(?: nine one one| triple \w+| \d{3}| \w+ \w+ \w+)",
    r"this is an automated (?:message|call|service|system)",
    r"due to(?: \w+){1,5} call volumes?(?: your)? (?:wait|hold)(?: \w+){0,6}",
    r"if you know your party's extension(?: \w+){0,6}",
)
_RECORDED = (
    r"(?:this |the |your |all |our )?(?:calls?|chats?|conversations?) (?:is|are|may|will|can|might)(?: also| all| now)?"
    r"(?: be)?(?: being)? (?:recorded|monitored|taped)(?: (?:and|or) (?:recorded|monitored))?"
    r"(?: (?:for|and|or|our|your|quality|training|coaching|assurance|security|compliance|regulatory|purposes?|control|"
    r"customer|service|protection|monitoring|improvement)\b)*"
)
# These go with announcements, but people say them, too.
_BESIDE = (
    rf"(?:thank you|thanks) for (?:calling|holding|waiting|choosing|contacting){_NAME}{{0,6}}",
    r"(?:thank you|thanks) for your (?:patience|call|business)",
    r"(?:thank you|sorry to keep you(?: waiting)?|hello|welcome|good (?:morning|afternoon|evening))(?! to)",
    rf"welcome to{_NAME}{{1,6}}",
    rf"you(?:'ve| have) reached{_NAME}{{1,8}}",
    r"please(?: continue to)? hold(?: the line| on)?(?: (?:for|while)(?: \w+){1,7})?",
    r"(?:please )?(?:stay|remain) on the line",
    r"please (?:note|be advised|be aware)(?: that)?",
    r"please have your(?: \w+){1,6} (?:ready|handy|available|to hand)",
    r"(?:and |otherwise )?(?:hang up|leave the house|leave the building|dial nine one one|dial \d{3})",
    r"if you smell gas|you(?:'ve| have)? (?:pressed|selected)(?: \w+){1,3}|did you know(?: \w[\w']*){1,10}",
    r"please listen(?: carefully)?(?: as| to the following options)?",
    r"(?:please )?leave (?:a|your)(?: \w+){1,8}?(?= (?:after|at) the)",
    r"for (?:your )?(?:quality|security|training)(?: and| assurance| training| quality| purposes?)*",
    r"we(?:'ll| will)? (?:appreciate|value) your(?: \w+){1,2}",
    r"we apologi[sz]e for (?:the|any)(?: \w+){1,2}",
    r"we are(?: currently)? experiencing(?: \w+){1,6}? (?:volumes?|times?)",
    r"you are(?: still)? on(?: priority)? hold",
    r"for (?:all|anything|any) (?:other|else)(?: \w+){0,2}",
    r"(?:or )?visit (?:us online|our website)(?: at(?: \w+){1,4})?",
)

TELLING = re.compile(rf"\b(?:{'|'.join(_TELLING)})\b")
RECORDED = re.compile(rf"\b(?:{_RECORDED})")
SET_PHRASE = re.compile(rf"\b(?:{'|'.join((*_TELLING, _RECORDED, *_BESIDE))})\b")
HINTS = (
    "press", "recorded", "monitored", "taped", "important to", "valuable to", "assisting", "helping", "serving", "busy",
    "queue", "in line", "the line", "caller", "wait", "next available", "be with you", "your call", "changed",
    "the tone",
    "the beep", "you are trying", "you have d", "you have c", "is full", "followed by", "españ", "oprima", "marque",
    "presione", "emergency", "automated", "few words", "extension", "♪",
)  # fmt: skip
"""A text without any of these, in lower case, is no announcement."""

TALK = word_set(
    "i i'm i've i'll i'd my me mine sir ma'am madam mister mrs okay yeah yes nah said told heard keep keeps they",
    "they're you'll just why can't won't don't he she him her his",
)
"""Words of people in conversation; no announcement has them."""
