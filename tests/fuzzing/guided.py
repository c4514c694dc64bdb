"""Look for files that reach new code of a reader, with atheris: ``python -m fuzzing.guided READER CORPUS [-options]``.

atheris is no dependency of choreo or of its tests: ``pip install atheris``. Of our own packages and of those that read
in Python the branches are counted; what codecs and other compiled readers do is seen by its end only.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from pathlib import Path

PACKAGES = ["choreo", "choreo_bvh", "choreo_c3d", "choreo_gltf", "choreo_smpl", "choreo_smplx", "choreo_vmd", "c3d",
            "zipfile", "pygltflib"]  # fmt: skip


def main() -> None:
    """Try inputs until the limits that are given in libFuzzer's options."""
    import atheris

    with atheris.instrument_imports(include=PACKAGES):
        from fuzzing.child import outcome
        from fuzzing.readers import READERS

        reader = sys.argv[1]
        folder = Path(tempfile.mkdtemp())
        seeds = READERS[reader].make(folder)
        for path in seeds:
            outcome(reader, path)
    first = seeds[0]

    def once(data: bytes) -> None:
        first.write_bytes(data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            kind, what = outcome(reader, first)
        if kind == "finding":
            raise AssertionError(what)

    atheris.Setup([sys.argv[0], *sys.argv[2:]], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
