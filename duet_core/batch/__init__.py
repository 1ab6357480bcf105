"""A command for every take of a folder: which takes there are (`takes`), one process for each (`running`), and what became of them (`summary`)."""
