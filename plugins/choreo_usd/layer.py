"""One layer of USD as text (.usda), read without composing it: no other file is ever opened.

As much of the grammar is understood as skeletons and their animations need; all else is stepped over. Grammar:
https://openusd.org/release/spec_usda.html.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from choreo.errors import MotionError

SPACE = re.compile(r"(?:[\s;,]|#[^\n]*)*")
STRING = re.compile(
    r"\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'", re.S
)
REFERENCE = re.compile(r"@@@.*?@@@|@[^@\n]*@|<[^>\n]*>", re.S)
WORD = re.compile(r"[^\s;,=:(){}\[\]\"'@<>#]+")
DECLARED = re.compile(r"[^\n=({\"']*")
ENTRY = re.compile(r"[^=:(){}\n\"']*")
PLAIN = re.compile(r"[\d\s.,()+\-einfa]*")
BARE = str.maketrans("(),", "   ")
CLOSING = {"(": ")", "[": "]", "{": "}"}
DEEPEST = 60
"""Things in things: more than any file of a dance has, less than Python's own limit."""


@dataclass
class Prim:
    """A prim: its type, name, attributes by name, and the prims in it.

    A value is text, a number, or an array; that of ``name.timeSamples`` a dict of such by time code.
    """

    kind: str
    name: str
    values: dict[str, Any] = field(default_factory=dict)
    inside: list[Prim] = field(default_factory=list)

    def all(self) -> list[Prim]:
        """The prim and all in it, in the file's order."""
        return [self, *(each for prim in self.inside for each in prim.all())]


class Scanner:
    """A place in a text, which goes on as things are read. Each of its steps fails where the text is not as expected.

    Raises
    ------
    MotionError
    """

    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0

    def layer(self) -> Prim:
        """All of the layer, its metadata as values."""
        root = Prim("", "")
        if self.peek() == "(":
            root.values = self.entries()
        while self.peek():
            self.item(root)
        return root

    def peek(self) -> str:
        """The next letter that is none of white space, commas and comments, or nothing at the end."""
        found = SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def fail(self, wanted: str) -> MotionError:
        """An error that says where."""
        line = self.text.count("\n", 0, self.at) + 1
        found = self.text[self.at : self.at + 20].split("\n")[0]
        return MotionError(f"line {line}: found {found!r}, expected {wanted}.")

    def take(self, pattern: re.Pattern[str], wanted: str) -> str:
        """Step over what fits."""
        self.peek()
        found = pattern.match(self.text, self.at)
        if not found or not found.group():
            raise self.fail(wanted)
        self.at = found.end()
        return found.group()

    def step(self, letter: str) -> None:
        """Step over a letter."""
        if self.peek() != letter:
            raise self.fail(repr(letter))
        self.at += 1
        self.depth += (letter in CLOSING) - (letter in CLOSING.values())
        if self.depth > DEEPEST:
            raise MotionError(f"things in things, more than {DEEPEST} deep.")

    def item(self, prim: Prim) -> None:
        """A prim or an attribute, put into the prim that it stands in."""
        words = self.take(DECLARED, "a prim or an attribute").split()
        if words[0] in ("def", "over", "class"):
            made = Prim(words[1] if len(words) > 1 else "", self.text_value())
            if self.peek() == "(":
                self.entries()
            self.step("{")
            while self.peek() != "}":
                self.item(made)
            self.step("}")
            prim.inside.append(made)
            return
        if words[0] == "variantSet":  # which of them is meant, is said elsewhere
            self.text_value()
            self.step("=")
            self.skip()
            return
        if self.peek() == "=":
            self.step("=")
            prim.values[words[-1]] = self.value()
        if self.peek() == "(":
            self.entries()

    def entries(self) -> dict[str, Any]:
        """What stands in parentheses or braces: values by name or by time code."""
        found: dict[str, Any] = {}
        begin = self.peek()
        self.step(begin)
        while self.peek() != CLOSING[begin]:
            if self.peek() in ("'", '"'):
                name = self.text_value()
                if self.peek() not in ("=", ":"):
                    continue  # a comment, which is a text without name
            else:
                name = self.take(ENTRY, "a name").split()[-1]
            self.step(self.peek() if self.peek() == ":" else "=")
            found[name] = self.value()
        self.step(CLOSING[begin])
        return found

    def value(self) -> Any:
        """A value of any type."""
        begin = self.peek()
        if begin in ("'", '"'):
            return self.text_value()
        if begin in ("@", "<"):
            found = self.take(REFERENCE, "the end of a reference")
            if self.peek() == "(":
                self.skip()
            return found
        if begin == "{":
            return self.entries()
        if begin in ("[", "("):
            return self.array()
        word = self.take(WORD, "a value")
        try:
            return float(word)
        except ValueError:
            return word

    def array(self) -> Any:
        """Numbers as one flat array, texts as a list."""
        begin = self.peek()
        end = self.text.find(CLOSING[begin], self.at)
        inner = self.text[self.at + 1 : end]
        if end > 0 and PLAIN.fullmatch(inner):
            self.at = end + 1
            try:
                return np.array(inner.translate(BARE).split(), np.float64)
            except ValueError as error:
                raise self.fail("numbers") from error
        self.step(begin)
        found = []
        while self.peek() != CLOSING[begin]:
            found.append(self.value())
        self.step(CLOSING[begin])
        return found

    def text_value(self) -> str:
        """A text in quotation marks."""
        found = self.take(STRING, "a text in quotation marks")
        return found[3:-3] if found[:3] in ('"""', "'''") else found[1:-1]

    def skip(self) -> None:
        """Step over what stands in parentheses or braces, whatever it is."""
        begin = self.peek()
        self.step(begin)
        while self.peek() != CLOSING[begin]:
            if self.peek() in CLOSING:
                self.skip()
            elif self.peek() in ("'", '"'):
                self.text_value()
            elif self.peek() in ("@", "<"):
                self.take(REFERENCE, "the end of a reference")
            elif self.peek() in (")", "]", "}", ""):
                raise self.fail(repr(CLOSING[begin]))
            else:
                self.at += 1
        self.step(CLOSING[begin])
