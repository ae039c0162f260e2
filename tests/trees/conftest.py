"""How hard the properties of the rules are tried."""

from hypothesis import settings

settings.register_profile("trees", max_examples=40, deadline=None)
settings.load_profile("trees")
