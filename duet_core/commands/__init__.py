"""The command lines that need no Blender: one module per command with ``main(argv) -> int``. ``duet_core.launch`` starts them."""
