"""More styles to compose from: dance music of the last hundred years, with the labels that the style net tells apart."""

from __future__ import annotations

from dataclasses import replace

from styles import STYLES as FIRST
from styles import Style, _s

LABELS = {
    "salsa": "salsa", "mambo": "salsa", "chacha": "cha-cha", "rumba": "rumba", "beguine": "rumba", "bolero": "rumba",
    "samba": "samba", "merengue": "merengue", "country": "country", "folk": "folk", "fifties": "rock", "shuffle": "blues",
    "slowjazz": "swing", "ballad12": "ballad", "game": "other", "gamerock": "other", "dark": "other", "five": "other",
    "seven": "other", "electro": "electronic", "dnb": "electronic", "halftime": "hiphop", "sixeight": "ballad",
}  # fmt: skip
"""Labels of styles of the first table that have others there."""

MORE: dict[str, Style] = {
    "boombap": _s(4, 4, (80, 100), {
        "kick": "X..x....x.x..... X......x..x..... X.X.......x.....", "snare": "....X.......X... ....X..o....X.o.",
        "hat": "x.x.x.x.x.x.x.x. x.xxx.x.x.x.x.xx"}, "kick syncop root", "stab arp8 block", swing=(0.5, 0.62), sounds="mixed",
        weight=2, label="hiphop", drumless=0.02),
    "trap": _s(4, 8, (62, 80), {
        "kick": "X.....x.......x.........x....... X.........x.x...................", "snare": "................X...............",
        "clap": "................X...............", "hat": "x.x.x.x.x.x.xxx.x.x.x.x.x.xxxxxx x.xxx.xxx.xxx.xxx.xxx.xxx.xxxxxx"},
        "root kick", "pad arp8 stab", sounds="synth", weight=2, label="hiphop", drumless=0.02),
    "oldrap": _s(4, 4, (92, 112), {
        "kick": "X.......X....... X..X....X..X.... X.x.....X.x.....", "snare": "....X.......X...", "clap": "....X.......X...",
        "hat": "x.x.x.x.x.x.x.x.", "cowbell": "................ x..x..x.x..x..x."}, "kick syncop octaves", "stab sixteenscratch",
        sounds="synth", weight=1, label="hiphop", drumless=0.02),
    "onedrop": _s(4, 4, (62, 84), {
        "kick": "........X....... ........X.....x.", "rim": "........X....... ................", "snare": "................ ........X.......",
        "hat": "..x...x...x...x. x.x.x.x.x.x.x.x. x..xx..xx..xx..x"}, "dub syncop", "skank", swing=(0.5, 0.6), weight=2.5,
        label="reggae", drumless=0.02),
    "steppers": _s(4, 4, (66, 84), {
        "kick": "X...X...X...X...", "rim": "........X.......", "snare": "........x....... ................",
        "hat": "..x...x...x...x. x.x.x.x.x.x.x.x."}, "dub root", "skank", swing=(0.5, 0.58), weight=1.5, label="reggae", drumless=0.02),
    "rockers": _s(4, 4, (66, 88), {
        "kick": "X...x...X...x... X.....x.X.....x.", "snare": "........X....... ....x.......x...", "hat": "x.x.x.x.x.x.x.x."},
        "dub eighths", "skank", weight=1, label="reggae", drumless=0.02),
    "dembow": _s(4, 4, (86, 104), {
        "kick": "X...X...X...X...", "snare": "...x..x....x..x.", "hat": "................ x.x.x.x.x.x.x.x."}, "kick root syncop",
        "stab pad arp8", sounds="synth", weight=2.5, label="reggaeton", drumless=0.0),
    "dancehall": _s(4, 4, (90, 110), {
        "kick": "X..x..x.X..x..x. X.....x.X.......", "snare": "......x.......x. ...x..x....x..x.", "rim": "................ x..x..x.x..x..x."},
        "kick syncop", "stab skank", sounds="synth", weight=1.2, label="reggaeton", drumless=0.0),
    "afrobeat": _s(4, 4, (98, 118), {
        "kick": "X..x....X..x.... X.....x.X.....x.", "rim": "x..x..x...x.x...", "shaker": "xoxoxoxoxoxoxoxo", "conga": "..x.x.x...x.x.xx",
        "snare": "................ ......x.......x."}, "syncop tumbao", "stab skank arp8", sounds="mixed", weight=1.5, label="afro"),
    "bachata": _s(4, 4, (112, 142), {
        "bongo": "x.x.x.x.x.x.X.x. xxx.x.x.xxx.X.xx", "guiro": "x.xxx.xxx.xxx.xx x.x.x.x.x.x.x.x.", "kick": "X.......X....... ................"},
        "bachata", "arp8", weight=1.5, label="bachata", drumless=0.02),
    "cumbia": _s(4, 4, (84, 108), {
        "guiro": "x.xxx.xxx.xxx.xx", "kick": "X.......X.......", "conga": "....x.......x... ....x..x....x.xx",
        "cowbell": "x...x...x...x... ................"}, "cumbia rootfifth", "skank stab", weight=1.5, label="cumbia"),
    "salsaclave": _s(4, 4, (164, 212), {
        "claves": "....x...x...x..x..x....." "........" , "conga": "o.o.X.o.o.o.X.xx", "cowbell": "x...x.x.x...x.x.",
        "timbale": "x.x.x.xx.x.x.x.x"}, "tumbao", "montuno", weight=1.5, label="salsa", drumless=0.02),
    "chachacha": _s(4, 4, (108, 128), {
        "cowbell": "X...x...X...x...", "guiro": "x...x.x.x...x.x.", "conga": "o.x.X.o.o.x.X.xx o...X.o.o...X.X.",
        "kick": "X.......X....... ................ X...........X.x.", "timbale": "............x.x. ............X.X.",
        "snare": "................ ............x.x."}, "chacha tumbao", "chacha stab montuno", weight=3, label="cha-cha", drumless=0.02),
    "chachapop": _s(4, 4, (108, 128), {
        "kick": "X...X...X...X... X.......X.x.....", "snare": "....X.......X... ....x.......X.X.", "cowbell": "x...x...x...x...",
        "guiro": "x...x.x.x...x.x.", "maracas": "x.x.x.x.x.x.x.x.", "clap": "............x.x. ................"},
        "chacha syncop octaves", "chacha stab strum", sounds="mixed", weight=2, label="cha-cha", drumless=0.02),
    "rumbaballroom": _s(4, 4, (88, 112), {
        "kick": "X.....x.X....... X.....x.x.......", "bongo": "x.xxx.xxx.xxx.xx", "maracas": "x.x.x.x.x.x.x.x. xoxoxoxoxoxoxoxo",
        "conga": "........x...x.x. o.o.x.o.o...x.x.", "claves": "x..x..x...x.x... ................", "rim": "x..x..x...x.x... ....x.......x..."},
        "rumba half", "arp8 strum pad block", sounds="mixed", weight=3, label="rumba", drumless=0.05),
    "rumbapop": _s(4, 4, (84, 108), {
        "kick": "X.....x.X.....x. X.....x.X.......", "rim": "....x.......x... x..x..x...x.x...", "shaker": "x.x.x.x.x.x.x.x. xoxoxoxoxoxoxoxo",
        "conga": "....x.o.o...x.xx"}, "rumba tumbao", "arp8 strum", sounds="mixed", weight=2, label="rumba", drumless=0.05),
    "rumbaslow": _s(4, 4, (70, 96), {
        "kick": "X.....x.X.......", "maracas": "x.x.x.x.x.x.x.x.", "bongo": "xxx.xxx.xxx.xxx. x.xxx.xxx.xxx.xx", "rim": "....x.....x.x... ................"},
        "rumba root", "arp8 arp16 strum", weight=2, label="rumba", drumless=0.1),
    "tangomarcato": _s(4, 4, (112, 136), {
        "snare": "................ x...x...x...x.xx ............x.xx", "kick": "................ X...x...X...x..."}, "quarter marcato",
        "marcato staccato", sounds="classical", weight=3, label="tango", drumless=0.6),
    "tangoballroom": _s(4, 4, (118, 134), {
        "snare": "x...x...x...x.xx X.......x...x.xx ..xxx...x...x.xx", "kick": "X...x...X...x... X.......X......."}, "quarter marcato habanera",
        "marcato staccato block", weight=3, label="tango", drumless=0.15),
    "tangosincopa": _s(4, 4, (108, 132), {"snare": "................ ..............xx"}, "sincopa marcato", "sincopa marcato",
        sounds="classical", weight=2, label="tango", drumless=0.7),
    "milonga": _s(2, 4, (84, 108), {"kick": "X..xX.x. ........", "snare": "........ ....x.x."}, "habanera", "habanera staccato",
        weight=1, label="tango", drumless=0.6),
    "sambaballroom": _s(4, 4, (96, 108), {
        "surdo": "x...X...x...X...", "kick": "X..xX..xX..xX..x", "shaker": "XooxXooxXooxXoox", "tamb": "xxoxxxoxxxoxxxox x.oxx.oxx.oxx.ox",
        "snare": "x..x.x.xx..x.x.x ................ xxxxxxxxxxxxxxxx", "agogo": "x.x..x.xx..x.x.. ................"}, "bossa syncop",
        "stab bossa", sounds="mixed", weight=2.5, label="samba", drumless=0.02),
    "classicrock": _s(4, 4, (92, 144), {
        "kick": "X.......X....... X.......X.x..... X.x.....X.x.....", "snare": "....X.......X...", "hat": "x.x.x.x.x.x.x.x. x...x...x...x...",
        "crash": "?............... ................"}, "eighths kick quarter", "power strum eighths", sounds="rock", weight=3, label="rock", drumless=0.02),
    "stomp": _s(4, 4, (110, 170), {
        "kick": "X...X...X...X... X.......X.......", "snare": "X...X...X...X... ....X.......X...", "tamb": "x.x.x.x.x.x.x.x."}, "eighths quarter",
        "power strum", sounds="rock", weight=1.2, label="rock", drumless=0.02),
    "rocknroll": _s(4, 4, (150, 200), {
        "kick": "X.......X....... X...X...X...X...", "snare": "....X.......X...", "ride": "x.x.x.x.x.x.x.x."}, "boogie walk", "eighths strum",
        swing=(0.5, 0.6), sounds="rock", weight=1.5, label="rock", drumless=0.02),
    "blast": _s(4, 4, (160, 230), {
        "kick": "x.x.x.x.x.x.x.x. xxxxxxxxxxxxxxxx", "snare": ".x.x.x.x.x.x.x.x x.x.x.x.x.x.x.x. ..x...x...x...x.", "ride": "x.x.x.x.x.x.x.x. x...x...x...x...",
        "crash": "X............... ................ X.......X......."}, "sixteenths eighths", "chug power", sounds="metal", weight=2.5, label="metal", drumless=0.0),
    "heavymetal": _s(4, 4, (100, 190), {
        "kick": "X.x.X.x.X.x.X.x. X..xX..xX..xX..x xxx.xxx.xxx.xxx.", "snare": "....X.......X... ..X...X...X...X.", "hat": "x...x...x...x...",
        "ride": "................ x.x.x.x.x.x.x.x.", "crash": "X............... x...x...x...x... ................"}, "gallop eighths", "gallop chug power",
        sounds="metal", weight=3, label="metal", drumless=0.0),
    "doom": _s(4, 4, (56, 90), {
        "kick": "X.......X....... X.....x.X.......", "snare": "....X.......X... ........X.......", "crash": "X...X...X...X...", "ride": "................ x...x...x...x..."},
        "root kick", "power chug", sounds="metal", weight=1, label="metal", drumless=0.0),
    "popballad": _s(4, 4, (60, 84), {
        "kick": "X.......X....... X......xX....... ................", "snare": "....X.......X... ................", "rim": "................ ....x.......x...",
        "hat": "x.x.x.x.x.x.x.x. ................"}, "root kick", "arp8 pad block arp16", sounds="mixed", weight=2, label="ballad", drumless=0.25),
    "soul": _s(4, 4, (84, 122), {
        "kick": "X.......X.x..... X..x....X..x....", "snare": "....X.......X... X...X...X...X...", "hat": "x.x.x.x.x.x.x.x.", "tamb": "....x.......x... xoxoxoxoxoxoxoxo",
        "conga": "................ o.x.o.xxo.x.o.xx"}, "syncop kick", "stab strum skank", sounds="band", weight=1.5, label="rnb"),
    "rnb": _s(4, 4, (62, 98), {
        "kick": "X.....x...x..... X..x......x..x..", "snare": "....X.......X...", "rim": "................ ....X.......X...", "hat": "xoxoxoxoxoxoxoxo x.xxx.xxx.x.x.xx"},
        "syncop kick root", "pad stab arp8", swing=(0.5, 0.62), sounds="mixed", weight=1.5, label="rnb"),
    "newdisco": _s(4, 4, (110, 128), {
        "kick": "X...X...X...X...", "snare": "....X.......X... ................", "clap": "....X.......X...", "open": "..X...X...X...X.", "hat": "xoxoxoxoxoxoxoxo x.x.x.x.x.x.x.x.",
        "conga": "................ o.x.o.xxo.x.o.xx", "tamb": "................ ....x.......x..."}, "octaves syncop eighths", "sixteenscratch stab pad", sounds="mixed",
        weight=2.5, label="disco", drumless=0.0),
    "discostrings": _s(4, 4, (100, 132), {
        "kick": "X...X...X...X...", "snare": "....X.......X...", "hat": "x.xxx.xxx.xxx.xx xoxoxoxoxoxoxoxo", "open": "..X...X...X...X. ..............x.", "cowbell": "................ x...x...x...x..."},
        "octaves syncop", "sixteenscratch pad strum", weight=2, label="disco", drumless=0.0),
    "synthpop": _s(4, 4, (104, 140), {
        "kick": "X...X...X...X... X.......X.......", "snare": "....X.......X...", "clap": "................ ....x.......x...", "hat": "..x...x...x...x. x.x.x.x.x.x.x.x."},
        "sixteenths eighths octaves", "arp16 pad stab", sounds="synth", weight=2, label="pop", drumless=0.0),
    "funkrock": _s(4, 4, (92, 116), {
        "kick": "X.x...x...x..x.. X..x..x...x.....", "snare": "....X..o.o..X..o ....X.......X.oo", "hat": "xoxoxoxoxoxoxoxo"}, "syncop octaves", "sixteenscratch stab",
        weight=1.5, label="funk", drumless=0.0),
    "traincountry": _s(4, 4, (100, 130), {
        "snare": "xoxXxoxXxoxXxoxX oxXxoxXxoxXxoxXx", "kick": "X...X...X...X... X.......X.......", "hat": "................ ..x...x...x...x."}, "rootfifth", "oompah strum arp8",
        sounds="country", weight=2, label="country", drumless=0.02),
    "countryrock": _s(4, 4, (92, 150), {
        "kick": "X.......X....... X.......X.x.....", "snare": "....X.......X...", "hat": "x.x.x.x.x.x.x.x. x...x...x...x..."}, "rootfifth", "strum arp8 oompah",
        sounds="country", weight=2, label="country", drumless=0.05),
    "twostep": _s(2, 4, (84, 112), {"kick": "X...x...", "snare": "..x...x. ....X..."}, "rootfifth", "oompah strum", sounds="country", weight=0.8, label="country"),
    "blues12": _s(4, 3, (64, 132), {
        "kick": "X.....X..... X..X..X..X..", "snare": "...X.....X..", "ride": "x.xx.xx.xx.x x..x..x..x..", "hat": "............ ...x.....x.."}, "shuffle walk", "comp3 shuffle stab3",
        sounds="band", weight=3, label="blues", drumless=0.1, extra={"twelve": 1.0}),
    "bluesrock": _s(4, 4, (96, 140), {"kick": "X.......X.x..... X.......X.......", "snare": "....X.......X...", "hat": "x.x.x.x.x.x.x.x."}, "boogie walk eighths", "strum power eighths",
        swing=(0.5, 0.66), sounds="rock", weight=1.5, label="blues", drumless=0.02, extra={"twelve": 1.0}),
    "slowblues": _s(4, 3, (48, 72), {"kick": "X.....X..... ......x.....", "snare": "...X.....X..", "hat": "xxxxxxxxxxxx", "ride": "............ x.xx.xx.xx.x"}, "root walk shuffle", "comp3 block3 arp3",
        weight=1, label="blues", drumless=0.05, extra={"twelve": 1.0}),
    "jazzcombo": _s(4, 3, (100, 240), {"ride": "x..x.xx..x.x", "pedal": "...x.....x..", "snare": "............ ....?....?..", "kick": "............ ?..?..?..?.."}, "walk", "comp3 charleston stab3",
        weight=2.5, label="swing", drumless=0.1),
    "bigband": _s(4, 3, (120, 200), {"ride": "x..x.xx..x.x", "pedal": "...x.....x..", "snare": "............ ...x.....x..", "kick": "x..x..x..x.."}, "walk", "stab3 charleston comp3", weight=1.5,
        label="swing", drumless=0.0),
    "garage": _s(4, 4, (126, 136), {"kick": "X.....x...X..... X.........x.....", "snare": "....X.......X...", "hat": "..x..xx...x..xx. ..x...x...x...x."}, "syncop offbeat", "stab arp8", swing=(0.52, 0.64), sounds="synth",
        weight=1, label="electronic", drumless=0.0),
    "breaks": _s(4, 4, (124, 176), {"kick": "X.........X..... X.x.......xx....", "snare": "....X..o.o..X... ....X..o.o..X..o", "hat": "x.x.x.x.x.x.x.x. xoxoxoxoxoxoxoxo"}, "syncop root", "pad stab arp16", sounds="synth",
        weight=1.5, label="electronic", drumless=0.0),
    "chamber": _s(4, 4, (56, 132), {"triangle": "................"}, "half quarter none", "quartet arp8 alberti pad repeat8", sounds="classical", weight=2, label="classical", drumless=1.0, rubato=0.7),
    "pianosolo": _s(4, 4, (52, 126), {"triangle": "................"}, "root half quarter", "alberti arp8 arp16 block", sounds="solo", weight=1.5, label="classical", drumless=1.0, rubato=0.7),
    "minuet": _s(3, 4, (100, 150), {"triangle": "............"}, "waltz half quarter", "quartet alberti arp8", sounds="classical", weight=1, label="classical", drumless=1.0, rubato=0.4),
    "twelveeight": _s(4, 3, (52, 84), {"kick": "X.....X..... X....xX.....", "snare": "...X.....X..", "hat": "xxxxxxxxxxxx"}, "root half", "arp3 block3", sounds="mixed", weight=2, label="ballad", drumless=0.1,
        extra={"compound": 1.0}),
    "slowsix": _s(2, 3, (48, 76), {"kick": "X..... X....x", "snare": "...X..", "hat": "xxxxxx"}, "root six", "arp3 block3 strum3", sounds="mixed", weight=2, label="ballad", drumless=0.1, extra={"compound": 1.0}),
    "tarantella": _s(2, 3, (120, 172), {"tamb": "xxxxxx X.xX.x", "kick": "X..x.. ......"}, "six rootfifth3", "block3 strum3 arp3", weight=1, label="folk", drumless=0.3, extra={"compound": 1.0}),
    "afrosix": _s(4, 3, (84, 128), {"agogo": "x.x.xx.x.x.x x.xx.x.x.xx.", "conga": "x..x.xx..x.x", "shaker": "xxxxxxxxxxxx", "kick": "X.....X....."}, "six root", "arp3 stab3", weight=1, label="afro", drumless=0.0,
        extra={"compound": 1.0}),
    "takefive": _s(5, 3, (120, 184), {"ride": "x..x.xx..x..x..", "kick": "X........x.....", "pedal": "...x........x.."}, "root quarter", "block stab3", weight=2, label="other", drumless=0.1),
    "fiverock": _s(5, 4, (90, 160), {"kick": "X...........X....... X.....x.....x.......", "snare": "....X.......X....... ........X.......X...", "hat": "x.x.x.x.x.x.x.x.x.x."}, "eighths root", "power arp8", sounds="rock",
        weight=2, label="other", drumless=0.02),
    "sevenrock": _s(7, 4, (90, 150), {"kick": "X.......X.......X...........", "snare": "....X.......X.......X....... ....X.......X...........X...", "hat": "x.x.x.x.x.x.x.x.x.x.x.x.x.x."}, "eighths root", "power arp8",
        sounds="rock", weight=2, label="other", drumless=0.02),
    "seveneight": _s(7, 2, (180, 290), {"kick": "X...X...X..... X.......X.....", "snare": "..X...X...X... ....X.....X...", "hat": "xxxxxxxxxxxxxx x.x.x.x.x.x.x."}, "root quarter", "block arp8 stab", sounds="mixed", weight=3, label="other",
        drumless=0.1),
    "ambient": _s(4, 4, (60, 110), {"shaker": "................ x...x...x...x..."}, "root none", "pad arp8", sounds="synth", weight=2, label="other", drumless=0.8),
}  # fmt: skip

STYLES = {name: replace(style, label=LABELS.get(name, style.label)) for name, style in FIRST.items()} | MORE
