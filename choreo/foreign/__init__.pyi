from .arrays import read_npz as read_npz
from .files import read_bytes as read_bytes
from .files import read_json as read_json
from .files import read_text as read_text
from .files import size_of as size_of
from .pictures import open_picture as open_picture
from .shown import shown as shown
from .yamls import read_yaml as read_yaml

__all__ = ["open_picture", "read_bytes", "read_json", "read_npz", "read_text", "read_yaml", "shown", "size_of"]
