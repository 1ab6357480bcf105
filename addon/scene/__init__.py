"""Builds what one sees, from clips and connections of ``duet_core``, by plain functions that need no operator and no context.

Objects are named and found by name; a duet's objects live in one collection.
"""
