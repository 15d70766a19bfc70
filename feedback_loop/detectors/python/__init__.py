"""The built-in checks of Python code: one check, one file; the file name is the check's id."""
