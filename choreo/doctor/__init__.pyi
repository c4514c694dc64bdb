from .examination import examine as examine
from .finding import Finding as Finding

__all__ = ["Finding", "examine"]
