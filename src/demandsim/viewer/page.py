"""The page that Solara shows: ``solara run demandsim.viewer.page``."""

from demandsim.viewer.parts import viewer

page = viewer()
