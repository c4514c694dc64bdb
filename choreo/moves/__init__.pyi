from .compiler import compile_move as compile_move
from .library import load_moves as load_moves
from .library import move_clip as move_clip
from .library import vocabulary as vocabulary
from .notation import Move as Move

__all__ = ["Move", "compile_move", "load_moves", "move_clip", "vocabulary"]
