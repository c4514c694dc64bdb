"""Body plugin ``smplx``: the user's own SMPL, SMPL-H or SMPL-X model file."""

from choreo_smplx.body import SmplxBody

__all__ = ["SmplxBody"]
