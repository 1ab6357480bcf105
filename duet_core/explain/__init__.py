"""What `Connections` mean to somebody who looks at the dance: when each lasts, who leads, what holds, in words. NumPy alone; pages are made in `reports`.

Everything here is derived from `Connections` (and, where places matter, the clip); nothing here infers anything new.
"""

from .bonds import Bond, bonds
from .episodes import Episode, episodes

__all__ = ["Bond", "Episode", "bonds", "episodes"]
