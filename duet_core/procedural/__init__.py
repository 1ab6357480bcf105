"""Duets that the project makes itself: plausible bodies, own movement for each dancer, and planted influences that are known exactly.

`duet.perform` makes the bundled sample; `influences` plants connections on any signals.
"""

from .duet import Performance, perform, sample

__all__ = ["Performance", "perform", "sample"]
