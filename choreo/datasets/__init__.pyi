from .convert import read_take as read_take
from .cut import cut_take as cut_take
from .files import Files as Files
from .files import assumed as assumed
from .files import canonical_takes as canonical_takes
from .files import naming as naming
from .files import shifted as shifted
from .files import source_name as source_name
from .ingest import FileReport as FileReport
from .ingest import add_dataset as add_dataset

__all__ = [
    "FileReport",
    "Files",
    "add_dataset",
    "assumed",
    "canonical_takes",
    "cut_take",
    "naming",
    "read_take",
    "shifted",
    "source_name",
]
