from .analysis import analyze as analyze
from .analysis_page import write_page as write_page
from .audio import load_audio as load_audio
from .cache import analyze_cached as analyze_cached
from .phrasing import phrases as phrases
from .plot import draw_analysis as draw_analysis
from .report import analysis_to_dict as analysis_to_dict
from .rhythm import bar_rhythms as bar_rhythms
from .rhythm import blocks as blocks
from .rhythm import rhythm_signatures as rhythm_signatures
from .rhythm import tempo_curve as tempo_curve

__all__ = [
    "analysis_to_dict",
    "analyze",
    "analyze_cached",
    "bar_rhythms",
    "blocks",
    "draw_analysis",
    "load_audio",
    "phrases",
    "rhythm_signatures",
    "tempo_curve",
    "write_page",
]
