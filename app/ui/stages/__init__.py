"""The panels of a request, one per stage: ``STAGE = StagePanel(...)``."""
