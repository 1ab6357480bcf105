"""Names by which Blender finds the add-on."""

from __future__ import annotations

ROOT_PACKAGE = __package__.rpartition(".")[0]
"""The extension's own package: ``bl_ext.REPOSITORY.duet_connections`` once installed, ``duet_connections`` in scripts and tests."""

TAB = "Duet"
"""The tab of the 3D viewport's sidebar."""
