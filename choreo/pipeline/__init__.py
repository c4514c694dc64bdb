"""A song becomes a dance: options, plan, dance, files, each stage in a module named after what goes in and out."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
