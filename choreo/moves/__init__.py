"""Authored moves: a readable notation and its compiler to motion at any tempo.

``load_moves`` reads the vocabulary, ``compile_move`` dances one move, ``move_clip`` makes a database clip of it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
