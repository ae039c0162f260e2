"""Reviews: quick ones by one press, full ones by a form of two pages."""
