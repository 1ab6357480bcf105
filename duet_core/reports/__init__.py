"""Reports for people: pictures and pages drawn with NumPy and the standard library, so that they also come out of Blender's own Python."""
