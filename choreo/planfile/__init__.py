"""The plan as a document: its file, table and page, who dances it, and who made its moves."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
