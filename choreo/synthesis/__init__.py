"""From a plan to one clean motion: realise, align, blend, plant the feet."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
