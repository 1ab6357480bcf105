"""What `Connections` mean to somebody who looks at the dance: when each lasts, who leads, what holds, in words. NumPy alone; pages are made in `reports`.

Everything here is derived from `Connections` (and, where places matter, the clip); nothing here infers anything new. `explain` says it all at once.
"""

from .bonds import Bond, bonds
from .episodes import Episode, episodes
from .explanation import Explanation, explain
from .phrases import Phrase, phrases

__all__ = ["Bond", "Episode", "Explanation", "Phrase", "bonds", "episodes", "explain", "phrases"]
