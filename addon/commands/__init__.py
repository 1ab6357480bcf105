"""The command lines that need Blender: one module per command with ``main(argv) -> int``. ``duet_core.launch`` starts them."""
