"""From files to clips in the database: files, takes, clips, in this direction only."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
