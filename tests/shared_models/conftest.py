"""Property tests here try the same examples on every run, so that a build that was green stays green."""

from hypothesis import settings

settings.register_profile("tillbook", derandomize=True, deadline=None, database=None, max_examples=100)
settings.load_profile("tillbook")
