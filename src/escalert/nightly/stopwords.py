"""Words that customers say whatever they call about; no group of calls is about them."""

from __future__ import annotations

CALL_WORDS = frozenset(
    """
    ain't aren't can't couldn't didn't doesn't don't hadn't hasn't haven't he'd he'll he's i'd i'll i'm i've isn't
    it'd it'll it's let's mustn't needn't she'd she'll she's shouldn't that'd that'll that's there's they'd they'll
    they're they've wasn't we'd we'll we're we've weren't what's where's who's won't wouldn't y'all you'd you'll
    you're you've aint arent cant couldnt didnt doesnt dont hadnt hasnt havent hes ive isnt lets shes shouldnt thats
    theres theyll theyre theyve wasnt werent whats wont wouldnt youll youre youve im ill its weve

    ahh alright bye bit exactly fine gonna gotta great guess hello hey hiya hmm honestly huh just kinda kind lah
    like literally lol look lot mate maybe mhm mmm mm-hm nah nope obviously okay omg please pretty probably quite
    really right sorry sort stuff sure thank thanks thing things uh-huh umm wait wanna well yeah yep yes aye cannae
    dinnae hen kena naebody nae naw wee sir ma'am maam miss madam guys folks evening morning afternoon good nice
    cheers love

    actually ask asked asking came come comes coming did doing does done ever getting give given gives giving goes
    going gone got happen happened happening has heard hear hold keep keeps kept know knows let listen made make
    makes making mean means need needs put read said say saying says see seen speak speaking spoke start stop talk
    talked talking tell telling thinking think thought told took try trying understand used using want wanted wants
    way went work working

    agent boss call called calling calls customer help helped manager number person people phone rang ring service
    someone somebody supervisor team today tomorrow tonight yesterday day days hour hours minute minutes month
    months week weeks year years monday tuesday wednesday thursday friday saturday sunday january february march
    april may june july august september october november december time times old new long little big real

    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand double first second
    third last next

    angry awful damn disgusting fuck fucking hell joke maskedswear ridiculous shit stupid terrible unacceptable
    unbelievable useless
    """.split()  # noqa: SIM905
)
