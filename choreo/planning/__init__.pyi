from .choreograph import plan as plan
from .choreograph import plans as plans
from .costs import Weights as Weights
from .edit import Edit as Edit
from .tempo import dance_octave as dance_octave
from .wishes import Wishes as Wishes

__all__ = ["Edit", "Weights", "Wishes", "dance_octave", "plan", "plans"]
