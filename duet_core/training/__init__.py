"""Training, with torch and torch-geometric: the only rooms that import them are this one and ``model/``. Nothing here runs inside Blender."""
