"""A small shop with known defects: what fails when it is exercised is the input of the generation loop.

`DEFECTS` in `main.py` tells each by the endpoint that shows it. Nothing here is part of the package.
"""
