from .collections import chosen_files as chosen_files
from .collections import known_collection as known_collection
from .convert import read_take as read_take
from .cut import cut_take as cut_take
from .fetch import fetch_collection as fetch_collection
from .files import Files as Files
from .files import assumed as assumed
from .files import canonical_takes as canonical_takes
from .files import naming as naming
from .files import shifted as shifted
from .files import source_name as source_name
from .ingest import add_dataset as add_dataset
from .reading import FileReport as FileReport
from .reading import Origin as Origin

__all__ = [
    "FileReport",
    "Files",
    "Origin",
    "add_dataset",
    "assumed",
    "canonical_takes",
    "chosen_files",
    "cut_take",
    "fetch_collection",
    "known_collection",
    "naming",
    "read_take",
    "shifted",
    "source_name",
]
