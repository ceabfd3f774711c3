"""Who may ask, how much and how: callers, limits and headers, around every route of the scorer."""
