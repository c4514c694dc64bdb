"""Find plugins without importing them; import one when it is picked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import SequenceMatcher
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from choreo.errors import ChoreoError, MissingExtraError, PluginError

KINDS = (
    "datasets",
    "embedders",
    "renderers",
    "exporters",
    "bodies",
    "beats",
    "taggers",
    "words",
    "characters",
    "engines",
)


@dataclass(frozen=True)
class PluginRow:
    """A plugin in a listing, known from its entry point alone."""

    kind: str
    name: str
    distribution: str
    version: str
    target: str


FEW = 12
"""Known names up to which an error lists all of them; of more it lists the nearest `NEAREST`."""
NEAREST = 5
LIKELY = 0.6
"""Likeness, 0 to 1, from which a known name may be what was meant."""
LONGEST_NAME = 80
"""Letters of an unknown name that are compared; more would take long, and are no name."""


def suggest(name: str, known: Iterable[str]) -> str:
    """End of an error message about an unknown name: all names when they are few, else those nearest to it.

    Examples
    --------
    >>> suggest("bvhh", ["bvh", "gltf", "usd"])
    " Did you mean 'bvh'? Known: bvh, gltf, usd."
    >>> suggest("mon walk", [f"move-{number}" for number in range(200)] + ["moonwalk", "moonwalk-2"])[:33]
    " Did you mean 'moonwalk'? Nearest"
    """
    names = [each if each.isprintable() else repr(each) for each in sorted(set(known))]
    near = nearest(name, names)
    hint = f" Did you mean {near[0]!r}?" if near and _likeness(name, near[0]) >= LIKELY else ""
    if len(names) <= FEW:
        return f"{hint} Known: {', '.join(names) or 'none'}."
    return f"{hint} Nearest of {len(names)}: {', '.join(near)}."


def nearest(name: str, known: Iterable[str], count: int = NEAREST) -> list[str]:
    """The `count` known names that are most like `name`, the most like first."""
    ranked = sorted((-_likeness(name, each), each) for each in set(known))
    return [each for _, each in ranked[:count]]


def _likeness(name: str, other: str) -> float:
    """From 0 to 1, whatever the case of letters; a name that begins with what was typed is more like than it looks."""
    typed, there = name[:LONGEST_NAME].strip().lower(), other.lower()
    ratio = SequenceMatcher(None, there, typed, autojunk=False).ratio()
    return max(ratio, 0.75) if len(typed) > 2 and there.startswith(typed) else ratio


def _group(kind: str) -> str:
    if kind not in KINDS:
        raise PluginError(f"unknown kind of plugin {kind!r}.{suggest(kind, list(KINDS))}")
    return f"choreo.{kind}"


def _distribution(point: EntryPoint) -> tuple[str, str]:
    return (point.dist.name, point.dist.version) if point.dist else ("unknown", "")


def candidates(kind: str) -> dict[str, list[EntryPoint]]:
    """All entry points of a kind by name; more than one for a name means a clash."""
    found: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=_group(kind)):
        same = found.setdefault(point.name, [])
        if all((point.value, _distribution(point)) != (p.value, _distribution(p)) for p in same):
            same.append(point)
    return dict(sorted(found.items()))


def available(kind: str) -> dict[str, EntryPoint]:
    """Entry points of a kind by name, unloaded.

    Raises
    ------
    PluginError
        When two distributions give a plugin of one name.
    """
    chosen = {}
    for name, points in candidates(kind).items():
        if len(points) > 1:
            both = " and ".join(f"{_distribution(p)[0]} ({p.value})" for p in points)
            raise PluginError(f"two {kind} plugins are called {name!r}: {both}. Uninstall one of them.")
        chosen[name] = points[0]
    return chosen


def describe(kind: str | None = None) -> list[PluginRow]:
    """List plugins of one kind or all, clashes included, importing none."""
    rows = []
    for each in (kind,) if kind else KINDS:
        for name, points in candidates(each).items():
            rows += [PluginRow(each, name, *_distribution(p), p.value) for p in points]
    return rows


def load(kind: str, name: str) -> Any:
    """Import and make the plugin `name` of `kind`.

    Raises
    ------
    PluginError
        When there is none or two of that name, or it fails on import or construction, or does not
        have what the kind's Protocol asks for. The rest of choreo goes on working.
    """
    points = candidates(kind).get(name)
    if not points:
        raise PluginError(f"no {kind} plugin is called {name!r}.{suggest(name, list(candidates(kind)))}")
    if len(points) > 1:
        available(kind)
    origin = f"{kind} plugin {name!r} of {_distribution(points[0])[0]}"
    try:
        plugin = points[0].load()()
    except ChoreoError:
        raise
    except Exception as error:
        raise PluginError(f"{origin} does not load: {type(error).__name__}: {error}") from error
    from choreo.protocols import PROTOCOLS

    if not isinstance(plugin, PROTOCOLS[kind]):
        protocol = PROTOCOLS[kind]
        wanted = sorted({*protocol.__annotations__, *(k for k in vars(protocol) if not k.startswith("_"))})
        missing = [attribute for attribute in wanted if not hasattr(plugin, attribute)]
        raise PluginError(f"{origin} lacks {', '.join(missing)}, which {protocol.__name__} asks for.")
    return plugin


def ready(kind: str, name: str) -> Any:
    """`load` a plugin and let it check its requirements, before anything is written.

    Raises
    ------
    PluginError
        As `load`; also when a package, a program or a driver that the plugin needs is not there.
    """
    from choreo.protocols import Ready

    plugin = load(kind, name)
    if isinstance(plugin, Ready):
        with blame(kind, name):
            plugin.ready()
    return plugin


def require_extra(what: str, extra: str, *modules: str) -> None:
    """Import the modules that an extra brings: what the `ready` of a plugin that needs them calls.

    Raises
    ------
    MissingExtraError
        When one is not installed.
    PluginError
        When one is, but does not load.
    """
    for module in modules:
        try:
            import_module(module)
        except Exception as error:
            if isinstance(error, ModuleNotFoundError) and f"{module}.".startswith(f"{error.name}."):
                raise MissingExtraError(what, extra) from error
            again = f"pip install --force-reinstall 'choreo-dance[{extra}]'"
            told = f"{what} needs {module}, which does not load: {type(error).__name__}: {error}. Run: {again}"
            raise PluginError(told) from error


@contextmanager
def blame(kind: str, name: str) -> Iterator[None]:
    """Context in which an exception of a plugin becomes a PluginError that names the plugin.

    Errors of choreo's own family and of the file system pass as they are.
    """
    try:
        yield
    except (ChoreoError, OSError):
        raise
    except Exception as error:
        raise PluginError(f"{kind} plugin {name!r} failed: {type(error).__name__}: {error}") from error
