"""The model on a page of Mesa's own viewer, for people who know Mesa: ``solara run demandsim.viewer.page``."""
