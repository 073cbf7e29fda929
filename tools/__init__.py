"""Tools of the source repository: not part of the package."""
