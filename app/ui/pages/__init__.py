"""The pages, one per file: ``PAGE = Page(...)``."""
