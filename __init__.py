"""Duet Connections, a Blender extension: see what binds two dancers.

The repository root is the extension. Nothing is imported here before Blender enables it: tests and scripts load this package without Blender.
"""


def register() -> None:
    from .addon import registration

    registration.register()


def unregister() -> None:
    from .addon import registration

    registration.unregister()
