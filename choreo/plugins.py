"""Find plugins without importing them; import one when it is picked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from choreo.errors import ChoreoError, PluginError

KINDS = ("datasets", "embedders", "renderers", "exporters", "bodies", "beats", "characters")


@dataclass(frozen=True)
class PluginRow:
    """A plugin in a listing, known from its entry point alone."""

    kind: str
    name: str
    distribution: str
    version: str
    target: str


def suggest(name: str, known: list[str]) -> str:
    """End of an error message about an unknown name: similar names, then all of them."""
    near = get_close_matches(name, known, n=2)
    hint = f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
    return f"{hint} Known: {', '.join(sorted(known)) or 'none'}."


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
