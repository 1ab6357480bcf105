"""The part that knows Blender: operators, panels, properties, jobs and command lines; ``scene/`` builds what one sees. Never imports torch."""
