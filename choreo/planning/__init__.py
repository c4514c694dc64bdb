"""From candidates to choreographies: costs, motion graph, search, wishes."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
