"""Every test of the add-on starts with an empty Blender, whatever the one before it left behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

bpy = pytest.importorskip("bpy", reason="these tests need the bpy module (requirements/demo.txt)")


@pytest.fixture(autouse=True)
def empty_blender() -> Iterator[None]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    yield


@pytest.fixture
def registered() -> Iterator[None]:
    """The add-on, registered as Blender does it."""
    import duet_connections

    duet_connections.register()
    yield
    duet_connections.unregister()
