"""A motion becomes a scene, a scene's frames become a video."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
