from .compiler import compile_move as compile_move
from .library import load_moves as load_moves
from .library import move_clip as move_clip
from .modify import mirrored_move as mirrored_move
from .modify import modified as modified
from .notation import Move as Move

__all__ = ["Move", "compile_move", "load_moves", "mirrored_move", "modified", "move_clip"]
