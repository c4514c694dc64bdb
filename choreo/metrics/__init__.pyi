from .beats import bas_aist as bas_aist
from .beats import bas_bailando as bas_bailando
from .beats import beat_scores as beat_scores
from .beats import motion_beats as motion_beats
from .compat import PROTOCOLS as PROTOCOLS
from .distance import bootstrap as bootstrap
from .distance import distances as distances
from .distance import diversity as diversity
from .distance import frechet as frechet
from .distance import scaled as scaled
from .distance import split_baseline as split_baseline
from .evaluation import evaluate as evaluate
from .features import geometric as geometric
from .features import kinetic as kinetic
from .feet import contact_slide_p95 as contact_slide_p95
from .feet import foot_skate_ratio as foot_skate_ratio
from .feet import pfc as pfc
from .group import group_motion_correlation as group_motion_correlation
from .group import trajectory_intersections as trajectory_intersections
from .poses import sampled as sampled
from .reference import JointArray as JointArray
from .reference import by_name as by_name
from .reference import joint_positions as joint_positions
from .reference import read_reference as read_reference
from .report_page import write_page as write_page
from .rows import feature_rows as feature_rows
from .seams import seam_spikiness as seam_spikiness
from .structure import bar_distances as bar_distances
from .structure import bar_energy as bar_energy
from .structure import energy_correlation as energy_correlation
from .structure import repetition as repetition
from .verbatim import copies as copies
from .verbatim import self_copies as self_copies

__all__ = [
    "PROTOCOLS",
    "JointArray",
    "bar_distances",
    "bar_energy",
    "bas_aist",
    "bas_bailando",
    "beat_scores",
    "bootstrap",
    "by_name",
    "contact_slide_p95",
    "copies",
    "distances",
    "diversity",
    "energy_correlation",
    "evaluate",
    "feature_rows",
    "foot_skate_ratio",
    "frechet",
    "geometric",
    "group_motion_correlation",
    "joint_positions",
    "kinetic",
    "motion_beats",
    "pfc",
    "read_reference",
    "repetition",
    "sampled",
    "scaled",
    "seam_spikiness",
    "self_copies",
    "split_baseline",
    "trajectory_intersections",
    "write_page",
]
