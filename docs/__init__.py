"""The pages, the program that draws their picture, and `python -m docs`, which builds the site."""
