"""Cross-modal retrieval: embeddings of music and motion in one space, and search in both directions."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
