"""Which styles are at home in which: tables of knowledge about dances."""

from __future__ import annotations

GROOVE = "groove"
"""Style of moves that go with all others."""
NEUTRAL = "any"
"""In place of a style for clips and dances of none: a clip of it goes half well with everything."""
SAYS_NOTHING = frozenset({NEUTRAL, "ballroom", "unknown", ""})
"""Labels that are no style: some dance, or some dance of couples."""
NEAREST = {
    "tango": "latin",
    "metal": "rock",
    "rock": "pop",
    "funk": "disco",
    "reggae": "dancehall",
    "dancehall": "hiphop",
    "march": "folk",
    "polka": "folk",
    "folk": "swing",
    "ballad": "contemporary",
    "cinematic": "contemporary",
    "classical": "ballet",
    "ballet": "contemporary",
    "contemporary": "pop",
    "blues": "swing",
    "country": "folk",
    "electronic": "house",
    "techno": "house",
    "rnb": "hiphop",
    "reggaeton": "dancehall",
    "cumbia": "latin",
    "bachata": "latin",
    "merengue": "latin",
    "mambo": "salsa",
    "break": "breaking",
    "breaking": "hiphop",
}
"""Where to look for moves when a style of music has too few."""
NEIGHBOURS = {
    # Ballroom and its Latin half: the same frame, hips and walks; what is danced in three stays in three.
    "tango": ("latin", "ballroom", "rumba"),
    "latin": ("salsa", "cha-cha", "samba", "merengue", "rumba", "mambo", "bachata", "cumbia", "reggaeton", "disco"),
    "salsa": ("latin", "cha-cha", "rumba", "merengue"),
    "bachata": ("latin", "salsa", "rumba"),
    "cumbia": ("latin", "salsa", "merengue"),
    "reggaeton": ("dancehall", "latin", "afro", "hiphop"),
    "merengue": ("latin", "salsa", "samba"),
    "samba": ("latin", "salsa", "merengue", "afro"),
    "mambo": ("latin", "salsa", "cha-cha"),
    "cha-cha": ("latin", "salsa", "rumba"),
    "rumba": ("latin", "cha-cha", "tango"),
    "ballroom": ("waltz", "tango", "latin", "swing"),
    "foxtrot": ("swing", "ballroom", "latin"),
    "quickstep": ("swing", "ballroom", "folk"),
    "waltz": ("ballroom", "ballet", "folk"),
    # Stage dance: turned-out lines and travelling turns.
    "ballet": ("waltz", "contemporary", "jazz", "pop"),
    "classical": ("ballet", "waltz", "contemporary"),
    "contemporary": ("lyrical", "ballet", "jazz", "ballad", "pop"),
    "lyrical": ("contemporary", "ballad", "ballet", "jazz", "pop"),
    "jazz": ("contemporary", "ballet", "swing", "pop"),
    # Kicks, hops and partner steps of the century's first half, and the folk dances they came from.
    "swing": ("charleston", "jazz", "rock", "folk", "disco"),
    "rock": ("metal", "pop", "swing", "funk"),
    "metal": ("rock", "pop", "breaking"),
    "tap": ("swing", "charleston", "jazz"),
    "charleston": ("swing", "jazz"),
    "folk": ("swing", "waltz", "country"),
    "country": ("folk", "swing", "pop"),
    "polka": ("folk", "swing"),
    "march": ("folk", "pop"),
    # Street and club dances: bounces, isolations and footwork that crews mix on one floor.
    "hiphop": ("funk", "breaking", "dancehall", "popping", "locking", "house", "afro", "pop"),
    "house": ("disco", "vogue", "waacking", "hiphop", "afro", "pop"),
    "disco": ("funk", "waacking", "house", "locking", "pop"),
    "funk": ("locking", "disco", "popping", "hiphop", "breaking"),
    "robot": ("popping", "funk", "hiphop"),
    "popping": ("robot", "locking", "hiphop", "funk"),
    "locking": ("funk", "popping", "hiphop", "disco"),
    "waacking": ("disco", "vogue", "house", "funk"),
    "vogue": ("house", "waacking", "disco"),
    "breaking": ("hiphop", "funk"),
    "break": ("breaking", "hiphop", "funk"),
    "krump": ("hiphop", "breaking"),
    "afro": ("dancehall", "house", "hiphop"),
    "dancehall": ("afro", "reggaeton", "hiphop", "latin"),
    "reggae": ("dancehall", "hiphop", "latin", "afro"),
    "techno": ("house", "disco"),
    "pop": ("disco", "hiphop", "house", "jazz", "funk"),
    "ballad": ("lyrical", "contemporary", "pop", "ballet"),
    "rnb": ("hiphop", "pop", "funk"),
    "blues": ("swing", "rock", "country"),
    "electronic": ("house", "pop", "robot", "popping"),
}
"""Styles whose moves look at home in another one, the nearest first."""
ANY_SONG = {
    GROOVE: 0.0, "pop": 0.05, NEUTRAL: 0.0,
    "disco": 0.4, "hiphop": 0.4, "house": 0.4, "funk": 0.4, "jazz": 0.4,
    "rock": 0.5, "latin": 0.5, "swing": 0.5, "contemporary": 0.5, "lyrical": 0.5, "ballad": 0.5,
    "folk": 0.6, "waltz": 0.6,
}  # fmt: skip
"""What suits music of which no style is known, and how well: 0 any song, 1 (all that is not named) its own only."""
VAGUE = {
    "latin": ("salsa", "cha-cha", "rumba", "samba", "merengue", "mambo", "bachata", "cumbia", "reggaeton"),
    "ballroom": ("waltz", "tango", "rumba", "cha-cha", "samba", "quickstep", "foxtrot"),
    "electronic": ("house", "techno"),
}
"""Styles that name many at once, and which: none is danced where the music is half as likely of one that says more."""
