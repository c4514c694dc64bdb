"""The grammar of the pickles that choreo reads: plain values, containers, arrays of numbers, and nothing else.

A pickle is a program for a stack machine. Python's own machine imports what the program names and calls it, and rules
about what it may name have been got round again and again. So that machine is not used. The one here knows no import,
no call and no attribute: a name is one of a fixed list of words, which stand for shapes of data, and an instruction
that would call a word builds that shape from checked parts. No object of numpy's is made before its type is one of a
list, and its length that of its bytes.

What a file expands to is bounded before it is expanded: instructions, depth, and what containers stand for that are
referred to many times (a tuple of two references to a tuple of two references ...).
"""

from __future__ import annotations

import math
import pickle
import pickletools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import IO, Any, BinaryIO, Literal, cast

import numpy as np

LARGEST_ARRAY = 1 << 30
"""Bytes."""
MOST_INSTRUCTIONS = 5_000_000
"""Published body models have a few hundred, datasets a few thousand."""
MOST_VALUES, DEEPEST = 10_000_000, 64
"""How many values a container may stand for when all references in it are followed, and how deep they may be nested."""
NUMBER = re.compile(r"[<>|=]?(b1|i[1248]|u[1248]|f[248]|c8|c16|[SU]\d{1,4})")
"""Types of arrays: numbers, and strings of a fixed width."""
INERT_MODULES = ("chumpy.", "scipy.sparse.")
"""Modules whose objects become `Inert`; published body models hold some."""
_OPCODES = {opcode.code.encode("latin1"): opcode for opcode in pickletools.opcodes}
_WORDS = {
    ("numpy.core.multiarray", "_reconstruct"): "array",
    ("numpy._core.multiarray", "_reconstruct"): "array",
    ("numpy.core.multiarray", "scalar"): "scalar",
    ("numpy._core.multiarray", "scalar"): "scalar",
    ("numpy.core.numeric", "_frombuffer"): "buffer",
    ("numpy._core.numeric", "_frombuffer"): "buffer",
    ("numpy", "ndarray"): "ndarray",
    ("numpy", "dtype"): "dtype",
    ("_codecs", "encode"): "encode",
    ("copy_reg", "_reconstructor"): "object",
    ("copyreg", "_reconstructor"): "object",
    ("copyreg", "__newobj__"): "object",
    ("__builtin__", "object"): "base",
    ("builtins", "object"): "base",
    ("collections", "OrderedDict"): "pairs",
    ("__builtin__", "set"): "items",
    ("builtins", "set"): "items",
    ("__builtin__", "bytes"): "bytes",
    ("builtins", "bytes"): "bytes",
    ("__builtin__", "bytearray"): "bytes",
    ("builtins", "bytearray"): "bytes",
}


@dataclass(eq=False)
class Inert:
    """What is known of an object of a library that must not run: its state."""

    state: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Word:
    """A name that the grammar knows, by what it stands for."""

    means: str


@dataclass(eq=False)
class _Type:
    """A number type; its byte order comes in a later instruction."""

    code: str
    order: str = "="

    def dtype(self) -> np.dtype[Any]:
        """The type, when it is one of the list."""
        code = "b1" if self.code == "?" else self.code
        if not NUMBER.fullmatch(code):
            raise pickle.UnpicklingError(f"the number type {self.code!r}")
        return np.dtype(code if code[0] in "<>|=" else (self.order if self.order in "<>" else "=") + code)


@dataclass(eq=False)
class _Array:
    """An array that is announced; `value` is there once its parts are."""

    value: np.ndarray | None = None


def _refuse(what: str) -> pickle.UnpicklingError:
    return pickle.UnpicklingError(what)


def _filled(shape: Any, kind: Any, fortran: Any, raw: Any) -> np.ndarray:
    """An array of parts that belong together."""
    raw = raw.encode("latin1") if isinstance(raw, str) else raw
    sizes = isinstance(shape, tuple) and len(shape) <= 32 and all(type(n) is int and 0 <= n <= 1 << 40 for n in shape)
    if not isinstance(kind, _Type) or not sizes or not isinstance(raw, bytes) or len(raw) > LARGEST_ARRAY:
        raise _refuse("an array in an unknown form")
    dtype = kind.dtype()
    if math.prod(shape) * dtype.itemsize != len(raw):
        raise _refuse("an array whose form does not fit its bytes")
    order: Literal["C", "F"] = "F" if fortran in (True, 1, "F") else "C"
    flat: np.ndarray = np.frombuffer(raw, dtype)
    return flat.reshape(shape, order=order).copy(order="K")


class Bounded:
    """A stream of which no more is asked for than there is: a length that a file states makes no room by itself."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.stream, self.left = stream, size

    def read(self, count: int) -> bytes:
        """At most `count` bytes."""
        data = self.stream.read(max(0, min(count, self.left)))
        self.left -= len(data)
        return data

    def readline(self) -> bytes:
        """A line with its end."""
        data = self.stream.readline(self.left)
        self.left -= len(data)
        return data


class Machine:
    """Reads the instructions of one pickle into plain values, arrays and `Inert` objects."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}
        self.sizes: dict[int, tuple[int, int, Any]] = {}
        """By id: values that a container stands for, its depth, and itself, so that the id stays its own."""
        self.shared: set[int] = set()
        """Containers that were referred to: from then on they may not change, so none can come to hold itself."""

    def run(self, stream: Bounded) -> Any:
        """Read one pickle.

        Raises
        ------
        pickle.UnpicklingError, ValueError, IndexError, KeyError, TypeError
            When it is damaged or is not of the grammar.
        """
        for _ in range(MOST_INSTRUCTIONS):
            code = stream.read(1)
            opcode = _OPCODES.get(code)
            if opcode is None:
                raise _refuse("no instruction of a pickle" if code else "the end of a truncated pickle")
            if opcode.name == "STOP":
                return self._resolved(self.stack.pop(), {})
            value: Any = None
            if opcode.name == "STRING":  # of Python 2: bytes of any kind, which pickletools takes for ASCII
                value = _quoted(stream.readline())
            elif opcode.arg is not None:
                value = opcode.arg.reader(cast(IO[bytes], stream))
            value = bytes(value) if isinstance(value, bytearray) else value
            self._step(opcode.name, value)
        raise _refuse(f"more than {MOST_INSTRUCTIONS:,} instructions")

    def _step(self, name: str, value: Any) -> None:
        if name in _VALUES:
            if isinstance(value, int) and value.bit_length() > 128:
                raise _refuse("a number of many digits")
            self.stack.append(value)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name]())
        elif name in _STEPS:
            _STEPS[name](self, value)
        elif name not in ("PROTO", "FRAME"):
            raise _refuse(f"the instruction {name}")

    def _above_mark(self) -> list[Any]:
        mark = self.marks.pop()
        items, self.stack = self.stack[mark:], self.stack[:mark]
        return items

    def _push(self, value: Any) -> None:
        """Push what was made of complete parts."""
        if isinstance(value, list | tuple):
            self._count(value, value)
        elif isinstance(value, dict):
            self._count(value, value.values())
        self.stack.append(value)

    def _count(self, container: Any, added: Iterable[Any]) -> None:
        """Add to what a container stands for. Its members are complete, so each is looked at once."""
        count, depth, _ = self.sizes.get(id(container), (1, 1, container))
        for each in added:
            inside = self.sizes.get(id(each), (1, 1, each)) if isinstance(each, list | tuple | dict) else (1, 0, None)
            count, depth = count + inside[0], max(depth, inside[1] + 1)
        if count > MOST_VALUES or depth > DEEPEST:
            raise _refuse("references that stand for too many values, or are nested too deeply")
        self.sizes[id(container)] = (count, depth, container)

    def _open(self) -> Any:
        """The container on top of the stack, which may still grow."""
        target = self.stack[-1]
        if id(target) in self.shared:
            raise _refuse("a container that is changed after it was referred to")
        return target

    def _get(self, number: Any) -> None:
        value = self.memo[int(number)]
        if isinstance(value, list | tuple | dict):
            self._count(value, ())
            self.shared.add(id(value))
        self.stack.append(value)

    def _put(self, number: int) -> None:
        self.memo[number] = self.stack[-1]

    def _append(self, items: list[Any]) -> None:
        target = self._open()
        if not isinstance(target, list):
            raise _refuse("items for something that is no list")
        target.extend(items)
        self._count(target, items)

    def _set_items(self, items: list[Any]) -> None:
        target = self._open()
        if not isinstance(target, dict) or len(items) % 2:
            raise _refuse("names for something that is no dictionary")
        target.update(_dictionary(zip(items[::2], items[1::2], strict=True)))
        self._count(target, items[1::2])

    def _word(self, module: Any, name: Any) -> None:
        if (module, name) in _WORDS:
            self.stack.append(_Word(_WORDS[module, name]))
        elif isinstance(module, str) and module.startswith(INERT_MODULES):
            self.stack.append(_Word("inert"))
        else:
            raise _refuse(f"{module}.{name}")

    def _call(self, word: Any, args: Any) -> None:
        """What a word stands for, of its arguments."""
        if not isinstance(word, _Word) or not isinstance(args, tuple):
            raise _refuse("a call of something that is no name")
        self._push(_CALLS[word.means](*args) if word.means in _CALLS else _no_call())

    def _build(self) -> None:
        state, target = self.stack.pop(), self.stack[-1]
        if isinstance(target, _Array) and target.value is None and isinstance(state, tuple) and len(state) == 5:
            target.value = _filled(*state[1:])
        elif isinstance(target, _Type) and isinstance(state, tuple) and 8 <= len(state) <= 9:
            if any(part is not None for part in (*state[2:5], *state[8:])) or state[1] not in ("<", ">", "|", "="):
                raise _refuse("a number type with parts")
            target.order = state[1]
        elif isinstance(target, Inert):
            for part in state if isinstance(state, tuple) else (state,):
                if isinstance(part, dict):
                    target.state.update({str(key): value for key, value in part.items()})
        else:
            raise _refuse("a state for something that has none")

    def _resolved(self, value: Any, done: dict[int, Any]) -> Any:
        """A value with announced arrays replaced by what they became; each container is visited once."""
        if isinstance(value, _Array):
            if value.value is None:
                raise _refuse("an array without its numbers")
            return value.value
        if isinstance(value, _Word | _Type):
            return None
        if isinstance(value, list | tuple | dict | Inert):
            if id(value) not in done:
                done[id(value)] = value
                if isinstance(value, dict):
                    value.update({key: self._resolved(each, done) for key, each in value.items()})
                elif isinstance(value, list):
                    value[:] = [self._resolved(each, done) for each in value]
                elif isinstance(value, tuple):
                    done[id(value)] = tuple(self._resolved(each, done) for each in value)
                else:
                    value.state.update({key: self._resolved(each, done) for key, each in value.state.items()})
            return done[id(value)]
        return value


def _no_call() -> Any:
    raise _refuse("a name where there is nothing to make")


def _quoted(line: bytes) -> str:
    """Text of a quoted line of Python 2."""
    import codecs

    text = line.strip()
    if len(text) < 2 or text[:1] not in (b"'", b'"') or text[-1:] != text[:1]:
        raise _refuse("a text without quotes")
    return codecs.escape_decode(text[1:-1])[0].decode("latin1")


def _dictionary(pairs: Iterable[Any]) -> dict[Any, Any]:
    """A dictionary of pairs whose names are plain, so that none has to be looked into to be compared."""
    out = {}
    for pair in pairs:
        name, value = pair
        if not isinstance(name, str | bytes | int | float | None):
            raise _refuse("a name that is no text or number")
        out[name] = value
    return out


def _array(kind: Any, shape: Any, code: Any) -> _Array:
    if kind != _Word("ndarray") or shape != (0,):
        raise _refuse("an array that is not a plain one")
    return _Array()


def _buffer(raw: Any, kind: Any, shape: Any, order: Any) -> _Array:
    if order not in ("C", "F"):
        raise _refuse("an array in an unknown order")
    return _Array(_filled(shape, kind, order, raw))


def _scalar(kind: Any, raw: Any) -> Any:
    return _filled((1,), kind, False, raw)[0]


def _type(code: Any, *flags: Any) -> _Type:
    code = code.decode("latin1") if isinstance(code, bytes) else code
    if not isinstance(code, str) or len(code) > 8:
        raise _refuse(f"the number type {code!r}"[:60])
    return _Type(code)


def _encode(text: Any, encoding: Any = "latin1") -> bytes:
    if encoding != "latin1" or not isinstance(text, str):
        raise _refuse(f"the encoding {encoding!r}"[:60])
    return text.encode("latin1")


def _inert(*_: Any) -> Inert:
    return Inert()


def _object(kind: Any, *_: Any) -> Inert:
    if kind != _Word("inert"):
        raise _refuse("an object of a class that is not allowed")
    return Inert()


def _items(items: Any = ()) -> list[Any]:
    """The members of a set; as a list, for nothing here compares them."""
    if not isinstance(items, list | tuple):
        raise _refuse("a set of something that is no list")
    return list(items)


def _bytes(raw: Any = b"", encoding: Any = "latin1") -> bytes:
    return raw if isinstance(raw, bytes) else _encode(raw, encoding)


_CALLS: dict[str, Callable[..., Any]] = {
    "array": _array,
    "buffer": _buffer,
    "scalar": _scalar,
    "dtype": _type,
    "encode": _encode,
    "object": _object,
    "inert": _inert,
    "pairs": lambda pairs=(): _dictionary(_items(pairs)),
    "items": _items,
    "bytes": _bytes,
}
_VALUES = {
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "STRING", "BINSTRING",
    "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8", "UNICODE", "BINUNICODE",
    "SHORT_BINUNICODE", "BINUNICODE8",
}  # fmt: skip
_CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "EMPTY_DICT": dict,
    "EMPTY_SET": list,
}


def _tuple(machine: Machine, count: int) -> None:
    items = tuple(machine.stack[len(machine.stack) - count :])
    if len(items) != count:
        raise _refuse("a stack that is too short")
    del machine.stack[len(machine.stack) - count :]
    machine._push(items)


def _dict(machine: Machine) -> None:
    items = machine._above_mark()
    machine._push(_dictionary(zip(items[::2], items[1::2], strict=True)))


def _reduce(machine: Machine) -> None:
    args, word = machine.stack.pop(), machine.stack.pop()
    machine._call(word, args)


def _new(machine: Machine, parts: int) -> None:
    """An object made without its constructor: an inert one."""
    taken = [machine.stack.pop() for _ in range(parts)]
    machine.stack.append(_object(taken[-1]))


def _instance(machine: Machine, kind: Any) -> None:
    machine._above_mark()
    machine.stack.append(_object(kind))


def _global(machine: Machine, text: str) -> None:
    module, _, name = text.partition(" ")
    machine._word(module, name)


def _stack_global(machine: Machine) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    machine._word(module, name)


def _inst(machine: Machine, text: str) -> None:
    _global(machine, text)
    _instance(machine, machine.stack.pop())


def _obj(machine: Machine) -> None:
    parts = machine._above_mark()
    machine.stack.append(_object(*parts))


def _pop(machine: Machine) -> None:
    if machine.marks and machine.marks[-1] == len(machine.stack):
        machine.marks.pop()
    else:
        machine.stack.pop()


def _pop_mark(machine: Machine) -> None:
    machine._above_mark()


def _one(machine: Machine) -> list[Any]:
    return [machine.stack.pop()]


def _two(machine: Machine) -> list[Any]:
    value, name = machine.stack.pop(), machine.stack.pop()
    return [name, value]


_STEPS: dict[str, Callable[[Machine, Any], None]] = {
    "MARK": lambda m, _: m.marks.append(len(m.stack)),
    "POP": lambda m, _: _pop(m),
    "POP_MARK": lambda m, _: _pop_mark(m),
    "LIST": lambda m, _: m._push(m._above_mark()),
    "TUPLE": lambda m, _: m._push(tuple(m._above_mark())),
    "TUPLE1": lambda m, _: _tuple(m, 1),
    "TUPLE2": lambda m, _: _tuple(m, 2),
    "TUPLE3": lambda m, _: _tuple(m, 3),
    "DICT": lambda m, _: _dict(m),
    "FROZENSET": lambda m, _: m._push(m._above_mark()),
    "APPEND": lambda m, _: m._append(_one(m)),
    "APPENDS": lambda m, _: m._append(m._above_mark()),
    "ADDITEMS": lambda m, _: m._append(m._above_mark()),
    "SETITEM": lambda m, _: m._set_items(_two(m)),
    "SETITEMS": lambda m, _: m._set_items(m._above_mark()),
    "GET": lambda m, value: m._get(value),
    "BINGET": lambda m, value: m._get(value),
    "LONG_BINGET": lambda m, value: m._get(value),
    "PUT": lambda m, value: m._put(int(value)),
    "BINPUT": lambda m, value: m._put(int(value)),
    "LONG_BINPUT": lambda m, value: m._put(int(value)),
    "MEMOIZE": lambda m, _: m._put(len(m.memo)),
    "GLOBAL": lambda m, value: _global(m, value),
    "STACK_GLOBAL": lambda m, _: _stack_global(m),
    "REDUCE": lambda m, _: _reduce(m),
    "NEWOBJ": lambda m, _: _new(m, 2),
    "NEWOBJ_EX": lambda m, _: _new(m, 3),
    "INST": lambda m, value: _inst(m, value),
    "OBJ": lambda m, _: _obj(m),
    "BUILD": lambda m, _: m._build(),
}

__all__ = ["Bounded", "Inert", "Machine"]
